"""What an author proves a connector with: the hostile wrapper around any sandbox, and the laws."""
