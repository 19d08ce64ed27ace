"""What a shell may complete: the scripts for three of them, and the answers to their question.

The scripts know nothing. They call `auricle --complete WORDS…` with the words after `auricle`, the last being the one that is
typed, and take a candidate from each line; when there are none, the shell completes file names.
"""

from __future__ import annotations

from argparse import Action, ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Sequence

from auricle import weights
from auricle.cli import output
from auricle.cli.analyze_parser import PARTS
from auricle.cli.enhance_parser import DENOISERS, PRESETS, number_or_preset
from auricle.cli.parser import build

__all__ = ["SCRIPTS", "answer", "candidates", "run"]

SCRIPTS = {
    "bash": """\
_auricle() {
    local IFS=$'\\n'
    COMPREPLY=($(auricle --complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -o bashdefault -F _auricle auricle
""",
    "zsh": """\
#compdef auricle
_auricle() {
    local -a found
    found=(${(f)"$(auricle --complete "${(@)words[2,CURRENT]}" 2>/dev/null)"})
    if (( $#found )); then compadd -- $found; else _files; fi
}
if [[ $funcstack[1] == _auricle ]]; then _auricle "$@"; else compdef _auricle auricle; fi
""",
    "fish": """\
function __auricle_complete
    set -l words (commandline -opc)
    set -e words[1]
    set -l typed (commandline -ct)
    set -l found (auricle --complete $words "$typed" 2>/dev/null)
    if set -q found[1]
        printf '%s\\n' $found
    else
        __fish_complete_path "$typed"
    end
end
complete -c auricle -f -a '(__auricle_complete)'
""",
}


def run(arguments: Namespace) -> int:
    """Print the script for a shell; gives the exit code."""
    output.say(SCRIPTS[arguments.shell])
    return 0


def answer(words: Sequence[str]) -> int:
    """Print the candidates for the last word, one a line; gives the exit code."""
    output.say("".join(f"{candidate}\n" for candidate in candidates(words)))
    return 0


def candidates(words: Sequence[str]) -> list[str]:
    """What the last of ``words``, those after `auricle`, may become; empty where that is a file name or anything."""
    *before, typed = [word for word in words if word != "="] or [""]  # bash makes a word of the sign in --format=srt
    if words and words[-1] == "=":
        before, typed = [*before, typed], ""
    option, sign, value = typed.partition("=")
    prefix, joined = "", "=" in words[-2:]
    if sign and option.startswith("--"):
        before, typed, prefix, joined = [*before, option], value, f"{option}=", True
    return [f"{prefix}{word}" for word in _possible(before, typed, joined) if word.startswith(typed)]


def _possible(before: Sequence[str], typed: str, joined: bool) -> list[str]:
    """What may come behind ``before``; ``joined`` to its last word, as the value of an option that need not have one."""
    parser: ArgumentParser = build()
    awaiting: Action | None = None  # the option whose value comes next
    for word in before:
        if awaiting is not None:
            awaiting = None
        elif word in parser._option_string_actions:
            option = parser._option_string_actions[word]
            awaiting = option if option.nargs is None else None
        else:
            parser = _commands(parser).get(word, parser)
    if joined and before:
        awaiting = parser._option_string_actions.get(before[-1])
    if awaiting is not None:
        return _listed(PARTS, typed) if awaiting.dest == "include" else _values(awaiting)
    if typed.startswith("-"):
        return [word for word in parser._option_string_actions if word.startswith("--")]
    return [word for action in parser._get_positional_actions() for word in _values(action)]


def _listed(words: Sequence[str], typed: str) -> list[str]:
    """What the last of several words, with commas between, may become; each is there once."""
    before, comma, _ = typed.rpartition(",")
    return [f"{before}{comma}{word}" for word in words if word not in before.split(",")]


def _commands(parser: ArgumentParser) -> dict[str, ArgumentParser]:
    choices = [action.choices for action in parser._actions if isinstance(action, _SubParsersAction)]
    return dict(choices[0]) if choices else {}


def _values(action: Action) -> list[str]:
    if action.dest in ("model", "models"):
        return [*(weights.CATALOGUE if action.dest == "models" else weights.serving("transcribe")), *weights.ALIASES]
    if action.dest == "voice":
        from auricle.voice import voices  # which brings numpy, and nothing else here needs that

        return [voice.name for voice in voices()]
    if action.dest == "denoise":
        return list(DENOISERS)
    if action.type is number_or_preset:
        return list(PRESETS)
    return [str(choice) for choice in action.choices or ()]
