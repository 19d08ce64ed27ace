"""`auricle serve`: all of this over HTTP."""

from __future__ import annotations

from argparse import Namespace
from importlib.util import find_spec

from auricle.cli import failures, output
from auricle.errors import MissingDependency, OptionError

__all__ = ["run"]

_NEEDED = ("fastapi", "pydantic_settings", "uvicorn", "websockets")
_NO_SETTINGS = ("command", "config", "show_settings")


def run(arguments: Namespace) -> int:
    """Serve until told to stop, or show the settings; gives the exit code."""
    if not all(map(find_spec, _NEEDED)):
        raise MissingDependency("the server", "server")
    try:
        return _serve(arguments)
    except OptionError as error:
        if getattr(arguments, error.field, None) is not None:
            raise  # an option of this command, which is named at the border
        output.note(f"auricle: {error}")  # which names the variable or the file
        return failures.exit_code(error)


def _serve(arguments: Namespace) -> int:
    from auricle.server.settings import Settings, show

    given = {name: value for name, value in vars(arguments).items() if name not in _NO_SETTINGS}
    settings = Settings.load(arguments.config, **given)
    if arguments.show_settings:
        output.say(show(settings))
        return 0
    settings.check_exposure()
    from auricle.server.run import serve

    return serve(settings)
