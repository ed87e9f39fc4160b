"""The database: SQLAlchemy tables and small functions per subject, for SQLite and PostgreSQL."""
