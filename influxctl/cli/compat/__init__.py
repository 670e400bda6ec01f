"""The drop-in mode: when the program is called `influx`, stdout, exit codes and written files are those of influx 2.8.

Nothing of the normal mode is loaded: no Typer, no Rich. How to add or change a command:

1. Words, aliases, help and flags stand in the table (`table/*.py`); the parser, help texts and `-h` follow from it. Values are
   kept under the first name of a flag. A flag with a limited set of values has a `check` (`table/checks.py`).
2. The module named for the group in `table.GROUPS` has a function for each command, registered by its words:

       @command("org delete")
       def delete(call: Call) -> None:
           org = call.json(f'org "{id}" not found', "GetOrgsID", path={"orgID": call.flags.text("id")})
           ...
           call.print_json(org) if call.wants_json else call.table(("ID", "Name", "Deleted"), [(org["id"], org["name"], True)])

3. `call.flags.text/switch/number/many(name)` are the values, `is_set(name)` tells whether one was given; `call.arguments` is the
   rest; `call.org()` is the organization as a query (`{"org": …}` or `{"orgID": …}`), `call.org_id()` its ID.
4. `call.json("failed to …", "OperationID", path=…, query=…, json=…)` calls the server; its failure becomes
   `Error: failed to …: 404 Not Found: message`. `raise Failed("…")` fails for any other reason. `call.code = 1` fails at the end.
5. `call.print(text)` writes as is, `call.print_json(value)` as Go does (tabs, `\\u0026`; sorted keys unless `sort=False`),
   `call.table(headings, rows)` aligned by tabs (it knows `--hide-headers`); `call.streams.out` takes bytes, `call.streams.note`
   writes a line on stderr. For other alignments see `gotext.aligned`.
"""
