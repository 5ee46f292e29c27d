"""The sandbox for foreign bytes: a warm helper process that forks one child a file, confined by the limits of its kind.

`server` is the helper's side and `client` the asker's. Neither knows what a file holds: a kind of file brings a reading
function for the one and believes nothing of the other's answer before it has looked at it (`cases.sandbox` and
`cases.sandbox_client` for films, `recordings.importers` and `recordings.sandbox_client` for gaze). What the child runs
imports `server`, `limits`, `json_lines` and `refusal` only, none of which knows Django.
"""
