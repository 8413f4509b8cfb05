"""PostgreSQL through psycopg: one connection as one identity, one named operation, nothing of this machine's own configuration.

Off this machine only with TLS and a certificate that is verified for the name. SQL is composed by psycopg.sql alone. Of a new password
the SCRAM verifier is sent, so that no log of the server holds it.
"""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg import sql

from irkit.errors import BadInput
from irkit.model import iso
from irkit.network.address import Place, place
from irkit.network.hand import Hand
from irkit.network.native.answers import answered, nothing, parameter, refused, unknown
from irkit.plan import NativeCall
from irkit.providers.interface import Reply
from irkit.providers.postgresql import PORT, login

Params = Mapping[str, Any]
Connection = Any  # psycopg is an extra


def send(call: NativeCall, hand: Hand, timeout_s: float) -> Reply:
    """BadInput before anything is sent, else what came."""
    operate = _OPERATIONS.get(call.operation)
    if operate is None:
        raise unknown(call)
    where = place(call.address, PORT)
    user, password = _signing(call, hand)
    params = {"at": call.address, **hand.tree(call.params)}
    connection = None
    with hand.hushed():
        try:
            connection = psycopg.connect(
                **connecting(where, user, password, params.get("ca_file", ""), timeout_s), autocommit=True
            )
        except psycopg.Error as error:
            failure = str(error)
        if connection is None:
            return _not_let_in(hand, failure)
        with connection, _limit(connection, timeout_s) as late:
            try:
                return answered(hand, 200, operate(connection, params))
            except psycopg.Error as error:
                return _failed(hand, error, late.is_set())
            except LookupError as error:
                return refused(hand, 404, error)


def _signing(call: NativeCall, hand: Hand) -> tuple[str, str]:
    if call.secret is None:
        raise BadInput("PostgreSQL is signed in to with a password", on=call.address, do="name a responder")
    value = hand.text(call.secret)
    uri = login(value, PORT) if value.startswith("postgres") and "://" in value else None
    user, password = hand.text(call.user) or (uri.user if uri else ""), uri.password if uri else value
    hand.hide(password, str(call.secret))
    if not user or "\0" in user + password:
        raise BadInput("it is not known as whom to sign in", on=call.address, do="name the user, or give a URI")
    return user, password


def connecting(where: Place, user: str, password: str, ca_file: str, timeout_s: float) -> dict[str, Any]:
    """What libpq is told. Everything that it would else take from the environment, or from files, is said."""
    verified = bool(ca_file) or not where.local
    told: dict[str, Any] = {
        "host": where.host, "port": where.port, "user": user, "password": password, "dbname": where.rest or "postgres",
        "hostaddr": _address_of(where),
        "sslmode": "verify-full" if verified else "prefer",
        "sslrootcert": ca_file or ("system" if verified else ""),
        "gssencmode": "disable", "passfile": "/dev/null", "options": "", "target_session_attrs": "any",
        "application_name": "irkit", "client_encoding": "utf8", "connect_timeout": max(2, int(timeout_s)),
    }  # fmt: skip
    if psycopg.pq.version() >= 160_000:
        # No certificate and no ticket of whoever runs irkit stands in for the password.
        told |= {"sslcertmode": "disable", "require_auth": "scram-sha-256,md5,password,none"}
    return told


def _address_of(where: Place) -> str:
    try:
        found = socket.getaddrinfo(where.host, where.port, type=socket.SOCK_STREAM)
    except OSError:
        return ""  # libpq says so in its own words
    return str(found[0][4][0]) if found else ""


@contextmanager
def _limit(connection: Connection, timeout_s: float) -> Iterator[threading.Event]:
    """Hangs up when no answer came in time: a server that is silent would hold us for ever."""
    late = threading.Event()
    copy = socket.socket(fileno=socket.dup(connection.fileno()))

    def hang_up() -> None:
        late.set()
        copy.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(timeout_s, hang_up)
    timer.start()
    try:
        yield late
    finally:
        timer.cancel()
        timer.join()
        copy.close()


# libpq gives no code for a refused sign-in, only the server's words: those of a server in another language are read as unknown.
_REFUSED = re.compile(
    r'FATAL:\s+(password authentication failed for user|role ".*" (is not permitted to log in|does not exist))'
)
_LET_IN = re.compile(r'FATAL:\s+(database ".*" does not exist|permission denied for database)')
_UNSENT = (
    (re.compile(r"Connection refused"), "refused"),
    (re.compile(r"could not translate host name|failed to resolve|Name or service not known"), "no such host"),
    (re.compile(r"certificate|SSL|TLS"), "tls"),
    (re.compile(r"time(d )?out"), "timeout while connecting"),
)


def _not_let_in(hand: Hand, message: str) -> Reply:
    if _REFUSED.search(message):
        return refused(hand, 401, message)
    if _LET_IN.search(message):
        return refused(hand, 403, message)
    if "FATAL" in message:
        return refused(hand, 503, message)
    words = next((words for pattern, words in _UNSENT if pattern.search(message)), "connection lost")
    return nothing(hand, f"{words}: {message}" if words == "tls" else words, sent=False)


_STATUS = {"42501": 403, "42704": 404, "42710": 409, "0LP01": 403, "2BP01": 409}


def _failed(hand: Hand, error: Any, late: bool) -> Reply:
    if late or error.sqlstate is None or error.sqlstate.startswith(("08", "57P")):
        return nothing(hand, "timeout" if late else "connection lost", sent=True)
    return refused(hand, _STATUS.get(error.sqlstate, 400), error)


# --- operations --------------------------------------------------------------------------------------------------------

_STANDING = """
SELECT session_user::text, current_database()::text, current_setting('server_version'), r.rolvaliduntil::text,
       array_remove(ARRAY[CASE WHEN r.rolsuper THEN 'superuser' END, CASE WHEN r.rolcreaterole THEN 'may create roles' END,
           CASE WHEN r.rolcreatedb THEN 'may create databases' END, CASE WHEN r.rolreplication THEN 'replication' END], NULL),
       ARRAY(SELECT b.rolname::text FROM pg_auth_members m JOIN pg_roles b ON b.oid = m.roleid WHERE m.member = r.oid ORDER BY 1)
FROM pg_roles r WHERE r.rolname = session_user"""


def _standing(connection: Connection, _params: Params) -> dict[str, Any]:
    """Being let in is the answer; the rest is said where the server says it."""
    document = {"user": connection.info.user}
    try:
        row = connection.execute(_STANDING).fetchone()
    except psycopg.Error:
        row = None
    names = ("user", "database", "version", "valid_until", "rights", "member_of")
    return document | dict(zip(names, row, strict=True)) if row else document


def _alter(what: str) -> Callable[[Connection, Params], dict[str, Any]]:
    def alter(connection: Connection, params: Params) -> dict[str, Any]:
        role = parameter(params, "role")
        connection.execute(sql.SQL("ALTER ROLE {} " + what).format(sql.Identifier(role)))
        return {"role": role}

    return alter


def _role(connection: Connection, params: Params) -> dict[str, Any]:
    role = parameter(params, "role")
    row = connection.execute(
        "SELECT rolcanlogin, rolvaliduntil::text FROM pg_roles WHERE rolname = %s", (role,)
    ).fetchone()
    if row is None:
        raise LookupError(f"there is no role {role}")
    has = None
    try:
        found = connection.execute(
            "SELECT rolpassword IS NOT NULL FROM pg_authid WHERE rolname = %s", (role,)
        ).fetchone()
        has = found[0] if found else None
    except psycopg.errors.InsufficientPrivilege:
        pass
    return {"role": role, "may_sign_in": row[0], "valid_until": row[1], "has_password": has}


_OTHERS = "FROM pg_stat_activity WHERE usename = %s AND pid <> pg_backend_pid()"


def _sessions(connection: Connection, params: Params) -> dict[str, Any]:
    rows = connection.execute(
        "SELECT host(client_addr), application_name, min(backend_start)::text, count(*) " + _OTHERS + " GROUP BY 1, 2",
        (parameter(params, "role"),),
    ).fetchall()
    return {
        "sessions": sum(row[3] for row in rows),
        "from": sorted({row[0] for row in rows if row[0]}),
        "programs": sorted({row[1] for row in rows if row[1]}),
        "oldest": min((row[2] for row in rows if row[2]), default=None),
    }


def _end_sessions(connection: Connection, params: Params) -> dict[str, Any]:
    # From 14 on it waits until a session is gone (milliseconds).
    end = (
        "pg_terminate_backend(pid, 2000)" if connection.info.server_version >= 140_000 else "pg_terminate_backend(pid)"
    )
    query = sql.SQL("SELECT {} {}").format(sql.SQL(end), sql.SQL(_OTHERS))
    rows = connection.execute(query, (parameter(params, "role"),)).fetchall()
    return {"ended": sum(1 for row in rows if row[0]), "of": len(rows)}


def _password(connection: Connection, role: str, params: Params) -> tuple[Any, dict[str, Any]]:
    """PASSWORD and VALID UNTIL, and what the answer says of them."""
    verifier = connection.pgconn.encrypt_password(
        parameter(params, "password").encode(), role.encode(), b"scram-sha-256"
    )
    lives = params.get("lives_s")
    until = iso(datetime.now(UTC) + timedelta(seconds=int(lives))) if lives else "infinity"
    clause = sql.SQL("LOGIN PASSWORD {} VALID UNTIL {}").format(sql.Literal(verifier.decode()), sql.Literal(until))
    said = {name: params[name] for name in ("at", "written_as") if name in params}
    return clause, {"role": role, "valid_until": until if lives else "", **said}


def _set_password(connection: Connection, params: Params) -> dict[str, Any]:
    role = parameter(params, "role")
    clause, said = _password(connection, role, params)
    connection.execute(sql.SQL("ALTER ROLE {} {}").format(sql.Identifier(role), clause))
    return said


def _create_role(connection: Connection, params: Params) -> dict[str, Any]:
    role = parameter(params, "role")
    clause, said = _password(connection, role, params)
    groups = sql.SQL(", ").join(sql.Identifier(str(group)) for group in params.get("in_roles", ()))
    connection.execute(
        sql.SQL("CREATE ROLE {} NOSUPERUSER NOCREATEDB NOCREATEROLE INHERIT {} IN ROLE {}").format(
            sql.Identifier(role), clause, groups
        )
    )
    return said


def _drop_role(connection: Connection, params: Params) -> dict[str, Any]:
    connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(parameter(params, "role"))))
    return {"role": params["role"]}


_OPERATIONS: Mapping[str, Callable[[Connection, Params], dict[str, Any]]] = {
    "standing": _standing,
    "role": _role,
    "forbid-login": _alter("NOLOGIN"),
    "drop-password": _alter("PASSWORD NULL"),
    "sessions": _sessions,
    "end-sessions": _end_sessions,
    "set-password": _set_password,
    "create-role": _create_role,
    "drop-role": _drop_role,
}
