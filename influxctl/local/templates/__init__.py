"""Templates: the pkger format, its differences to what is there, applying and exporting it, stacks."""
