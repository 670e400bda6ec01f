"""HTTP: routes from the contract's table, requests, answers, credentials, errors. Everything below this package knows no HTTP."""
