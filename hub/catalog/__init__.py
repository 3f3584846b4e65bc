"""The catalog: raw objects as received, canonical records, and the events that tell of their changes.

Import from the module that holds the thing; this file stays empty.
"""
