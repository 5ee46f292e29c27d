"""Opening foreign bytes: a warm helper process that forks one child a file, confined by the limits of its kind.

`server` is the helper's side and `client` the asker's. Neither knows what a file holds: a kind of file brings a reading
function for the one and believes nothing of the other's answer before it has looked at it. What the child runs imports
`server`, `limits`, `lines` and `refused` only, none of which knows Django.
"""
