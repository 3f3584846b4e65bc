"""The sync engine: paging with proof, checkpoints, verdicts, sweeps, quarantine, write-back.

Import from the module that holds the thing: `hub.sync.extract` must not pull in a database driver.
"""
