"""The package universe: what every script sees without import. The modules are split by family."""
