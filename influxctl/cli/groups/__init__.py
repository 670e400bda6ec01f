"""One module a noun of the command line; `cli.tree` says which, and `cli.lazy` imports it when the noun is used."""
