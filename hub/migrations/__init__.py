"""The schema's history: Alembic revisions written in SQL, run by `hub.db.upgrade`. Imports nothing of ours."""
