"""Job and event records, storage, audit, and the supervisor that starts every process."""
