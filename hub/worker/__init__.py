"""The worker: runs the jobs of every room and writes those of the schedules.

PostgreSQL holds the truth; Redis may carry wake-ups.
"""
