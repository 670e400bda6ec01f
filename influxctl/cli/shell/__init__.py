"""The interactive shell: what a session remembers and does (`session`), what a line can become (`completing`), what
is on the server (`schema`), and the terminal around it (`terminal`, the only module that imports prompt_toolkit)."""
