"""The partner portal: pages where a partner looks after the endpoints of one application. Opened by a short-lived link."""
