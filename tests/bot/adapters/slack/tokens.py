"""Who may call the Web API: tokens, what they reach, OAuth's codes, and rotation."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.bot.adapters.slack.payloads import App
from tests.bot.adapters.slack.rules import Json, RefusedError
from tests.bot.adapters.slack.shown import Team, identity

SCOPES = ("chat:write", "commands", "files:write", "im:history", "im:write")
"""What the bot is granted where nobody asked for anything else."""
TOKEN_LASTS = 43_200
CODE_LASTS = 600


@dataclass(eq=False, slots=True)
class Token:
    """A bot's token, for a workspace or (`team` is None) for an organisation."""

    value: str
    team: str | None
    enterprise: str | None
    scopes: tuple[str, ...]
    expires_at: float | None
    revoked: bool = False

    @property
    def org(self) -> bool:
        """Whether it came from an organisation-wide install."""
        return self.team is None

    def covers(self, team: Team) -> bool:
        """Whether it reaches a workspace."""
        if self.org:
            return team.enterprise is not None and team.enterprise == self.enterprise
        return team.id == self.team


@dataclass(eq=False, slots=True)
class _Code:
    team: str | None
    enterprise: str | None
    user: str
    scopes: tuple[str, ...]
    redirect_uri: str | None
    at: float
    used: bool = False


@dataclass(eq=False, slots=True)
class Tokens:
    """All tokens of the app; `rotation` says whether new ones expire."""

    app: App
    rotation: bool = False
    ahead: float = 0.0
    issued: dict[str, Token] = field(default_factory=dict)
    refreshed: list[str] = field(default_factory=list)
    wasted: list[str] = field(default_factory=list)
    _refresh: dict[str, Token] = field(default_factory=dict)
    _codes: dict[str, _Code] = field(default_factory=dict)

    def now(self) -> float:
        """The time, and what a test has added to it."""
        return time.time() + self.ahead

    def issue(
        self,
        team: str | None,
        enterprise: str | None = None,
        *,
        scopes: tuple[str, ...] = SCOPES,
        value: str | None = None,
        rotation: bool | None = None,
    ) -> Token:
        """A new bot token."""
        rotating = self.rotation if rotation is None else rotation
        value = value or identity("xoxe.xoxb-1-" if rotating else "xoxb-")
        expires = self.now() + TOKEN_LASTS if rotating else None
        token = Token(value, team, enterprise, scopes, expires)
        self.issued[value] = token
        return token

    def of(self, team: Team) -> Token | None:
        """The newest token that reaches a workspace."""
        return next((t for t in reversed(self.issued.values()) if not t.revoked and t.covers(team)), None)

    def of_org(self, team: Team) -> bool:
        """Whether the newest token that reaches a workspace, revoked or not, is its organisation's."""
        return next((t.org for t in reversed(self.issued.values()) if t.covers(team)), False)

    def expire(self, team: Team) -> None:
        """Every rotating token of a workspace is past its twelve hours."""
        for token in self.issued.values():
            if token.covers(team) and token.expires_at is not None:
                token.expires_at = self.now() - 1

    def revoke(self, team: Team) -> None:
        """Every token of a workspace is revoked, and no refresh token works any more."""
        for token in self.issued.values():
            if token.covers(team):
                token.revoked = True
        self._refresh = {value: token for value, token in self._refresh.items() if not token.covers(team)}

    def checked(self, value: str | None) -> Token:
        """The token that a request came with."""
        if not value:
            raise RefusedError("not_authed")
        if value.startswith("xapp-"):
            raise RefusedError("not_allowed_token_type")
        token = self.issued.get(value)
        if token is None:
            raise RefusedError("invalid_auth")
        if token.revoked:
            raise RefusedError("token_revoked")
        if token.expires_at is not None and self.now() >= token.expires_at:
            raise RefusedError("token_expired")
        return token

    # --- OAuth ---

    def authorize(self, url: str, team: Team, user: str, *, org: bool = False, granted: bool = True) -> str:
        """Where the browser goes once somebody has agreed (or not) on the page of this address."""
        asked = {key: values[0] for key, values in parse_qs(urlsplit(url).query).items()}
        assert asked.get("client_id") == self.app.client_id, f"not this app's client_id: {url}"
        assert asked.get("scope"), f"no scope asked for: {url}"
        assert asked.get("state"), f"no state, so that anybody could finish it: {url}"
        redirect = asked.get("redirect_uri")
        answer = {"state": asked["state"]}
        if granted:
            scopes = tuple(asked["scope"].split(","))
            answer["code"] = self.grant(team, user, org=org, scopes=scopes, redirect_uri=redirect)
        else:
            answer["error"] = "access_denied"
        return f"{redirect or ''}?{urlencode(answer)}"

    def grant(
        self,
        team: Team,
        user: str,
        *,
        org: bool = False,
        scopes: tuple[str, ...] = SCOPES,
        redirect_uri: str | None = None,
    ) -> str:
        """A code, to be exchanged once within ten minutes."""
        assert team.enterprise or not org, "only a workspace of an organisation can install for all of it"
        code = identity("code-")
        self._codes[code] = _Code(
            None if org else team.id, team.enterprise, user, scopes, redirect_uri, self.now()
        )
        return code

    def access(self, asked: Json, client: tuple[str, str], teams: dict[str, Team]) -> Json:
        """oauth.v2.access."""
        if client[0] != self.app.client_id:
            raise RefusedError("invalid_client_id")
        if client[1] != self.app.client_secret:
            raise RefusedError("bad_client_secret")
        grant = asked.get("grant_type", "authorization_code")
        if grant == "refresh_token":
            return self._renewed(asked, teams)
        if grant != "authorization_code":
            raise RefusedError("invalid_grant_type")
        code = self._codes.get(str(asked.get("code")))
        if code is None or self.now() - code.at > CODE_LASTS:
            raise RefusedError("invalid_code")
        if code.used:
            raise RefusedError("code_already_used")
        if code.redirect_uri != asked.get("redirect_uri"):
            raise RefusedError("bad_redirect_uri")
        code.used = True
        token = self.issue(code.team, code.enterprise, scopes=code.scopes)
        return {**self._told(token, teams), "authed_user": {"id": code.user}}

    def _renewed(self, asked: Json, teams: dict[str, Team]) -> Json:
        value = str(asked.get("refresh_token"))
        old = self._refresh.pop(value, None)
        if old is None:
            self.wasted.append(value)
            raise RefusedError("invalid_refresh_token")
        self.refreshed.append(value)
        token = self.issue(old.team, old.enterprise, scopes=old.scopes, rotation=True)
        return self._told(token, teams)

    def refresh_token(self, token: Token) -> str:
        """A refresh token for a token; it can be used once."""
        value = identity("xoxe-1-")
        self._refresh[value] = token
        return value

    def _told(self, token: Token, teams: dict[str, Team]) -> Json:
        team = teams[token.team] if token.team else None
        bot = team or next(each for each in teams.values() if token.covers(each))
        told: Json = {
            "app_id": self.app.id,
            "scope": ",".join(token.scopes),
            "token_type": "bot",
            "access_token": token.value,
            "bot_user_id": bot.bot_user,
            "team": {"id": team.id, "name": team.name} if team else None,
            "enterprise": (
                {"id": token.enterprise, "name": f"Organisation {token.enterprise}"}
                if token.enterprise
                else None
            ),
            "is_enterprise_install": token.org,
        }
        if token.expires_at is not None:
            told |= {"refresh_token": self.refresh_token(token), "expires_in": TOKEN_LASTS}
        return told
