"""The command line: from arguments to calls of the client and printed rows. Nothing heavy is imported at module
level.
"""
