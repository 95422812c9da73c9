"""`python -m migrations`: bring the database to the present schema, or write the next step.

python -m migrations                      migrate
python -m migrations new "add a column"   compare the models with the schema and write it down
"""

import sys

from alembic import command

from config import ConfigurationError, Settings
from workflow.database import (
    Database,
    DatabaseUnavailable,
    available,
    migrate,
    migration_config,
    open_database,
)


def write(database: Database, subject: str) -> None:
    """Write the next numbered migration from what the models say and the schema lacks."""
    with available(database), database.engine.connect() as connection:
        command.revision(migration_config(connection), subject, autogenerate=True)


def main(arguments: list[str]) -> int:
    """Do what the command line asks for; the exit code is 1 when it cannot be done."""
    try:
        settings = Settings.from_environment()
        database = open_database(settings.database_url, settings.data_dir)
        try:
            migrate(database)
            match arguments:
                case []:
                    pass
                case ["new", subject] if subject.strip():
                    write(database, subject)
                case _:
                    sys.stderr.write(f"{__doc__}\n")
                    return 1
        finally:
            database.close()
    except (ConfigurationError, DatabaseUnavailable) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
