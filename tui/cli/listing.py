"""What commands there are, as plain data: `usher --help` is answered from here before anything is loaded.

A test holds each line equal to the command itself. Changes when a command comes, goes or says something else.
"""

# name, module of tui.cli that holds it, what it does
COMMANDS: tuple[tuple[str, str, str], ...] = (
    ("demo", "demo", "A throw-away store with people and a stand-in provider to try everything on."),
    ("init", "init", "Make the store and its master key."),
    ("settings", "settings", "The organisation's name, its base URL and the console's theme."),
    ("catalog", "catalog", "The applications that can be added."),
    ("apps", "apps", "Configured applications: add, set up, authorise, delete."),
    ("idm", "idm", "Identity Management: connection, attribute mapping, options."),
    ("users", "users", "People of the directory."),
    ("groups", "groups", "User groups and who is in them."),
    ("push", "push", "Bring an application's accounts in line with the directory."),
    ("pushes", "pushes", "Pushes, past and under way: look at, approve, pause, resume, cancel, retry."),
    ("log", "log", "The provisioning log: every operation and both sides of its exchange."),
    ("why", "why", "Why a person has, or has not, an account at an application."),
    ("check", "check", "Whether an application can go live: NameID, placeholders, certificate, connection."),
    ("activity", "activity", "What each operator did, hash-chained."),
    ("operators", "operators", "Who works with this store, in which role, with which SSH keys."),
    ("ssh", "ssh", "Serve the console over SSH to operators with a key."),
    ("serve", "serve", "The portal and identity provider people sign in at, with automatic pushes."),
    ("sign-ins", "sign_ins", "Every sign-in and refusal, with what was sent."),
    ("worker", "worker", "Carry out pushes, and push what changes by itself."),
    ("backup", "backup", "Write a checked copy of the store while it is in use."),
    ("restore", "restore", "Put a checked backup in the place of the store."),
    ("keys", "keys", "The store's keys: show, unlock, rotate, change where the master key comes from."),
    ("doctor", "doctor", "Examine the store, its key and this machine."),
)

PLACES: tuple[str, ...] = ("overview", "apps", "app", "users", "groups", "pushes", "log", "sign-ins", "activity", "settings")

_HEAD = """\
Usage: usher [OPTIONS] [PLACE]
       usher [OPTIONS] COMMAND [ARGS]...

  SSO applications and the people in them, in a terminal.

  Without a command, the console opens. PLACE opens it there: apps, app LABEL,
  users, groups, pushes, log [FILTER], sign-ins, activity, settings. Where a
  place is also a command (log, settings …), its word alone opens the console at
  a terminal and is the command in a script or with any option.

Options:
  --store FILE     The store [env: USHER_STORE; else in your data folder]
  --operator NAME  Who is at work: an operator's name [env: USHER_OPERATOR]
  --confined       Read and write files in the exchange folder alone
  --read-only      Change nothing
  --json           One JSON document on stdout; errors as JSON on stderr
  -q, --quiet      No progress bar
  --version        Show the version
  --help           Show this; usher COMMAND --help shows more

Commands:
"""

_TAIL = """
Exit status:
  0 done   1 done, but something failed   2 usage, or an unknown name
  3 refused, held or paused   4 the store or its key cannot be used

Environment: USHER_STORE, USHER_OPERATOR, USHER_KEY_FILE (the master key), NO_COLOR

Example:
  usher apps add calendly --label Calendly
"""


def help_text() -> str:
    """What `usher --help` prints, with its line end."""
    return _HEAD + "".join(f"  {name:<10} {line}\n" for name, _, line in COMMANDS) + _TAIL


def version_text() -> str:
    """What `usher --version` prints, with its line end."""
    from usher import __version__

    return f"usher {__version__}\n"
