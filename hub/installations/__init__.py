"""A shop joined to an organisation: connecting, opening, listing, disconnecting."""
