"""What every HTTP route of the hub shares: who calls, how lists are paged, how answers and errors look.

Rooms bring their own `routes.py`; this room knows none of them.
"""
