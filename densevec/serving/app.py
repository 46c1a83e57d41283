"""The addresses, what they take within which limits, and the errors, by FastAPI."""

# Annotations of the addresses are read as the functions are defined, where FastAPI has been imported.
import html
import re
from collections.abc import Iterable
from importlib.resources import files
from typing import Annotated, Any, Literal

from densevec._calls import check_names
from densevec._packages import import_package
from densevec._roles import as_words
from densevec._validation import HostName, check_parameter
from densevec.densities import MEASURES
from densevec.errors import DensevecError, MissingWordError, ParameterError
from densevec.serving import answers
from densevec.vectors import KeyedVectors

MOST = {"topn": 1000, "letters": 1000, "words": 20, "address": 8192}  # of one request
AT_ONCE = 64  # requests of a process that are answered at once; more are told to come again
_SEVERAL = ("positive", "negative")  # names that may be given more than once
_LOCAL = ("localhost", "127.0.0.1", "::1", "testserver")
_HOST = re.compile(r"(\[[^\[\]]*\]|[^:]*)(?::\d*)?")  # a name or an address, the port after it
_PAGE = "addresses.html"


def make_app(vectors: KeyedVectors, hosts: Iterable[str] = ()) -> Any:
    """An ASGI application that answers questions to some vectors; ``/`` lists them, ``/openapi.json`` describes them.

    Parameters
    ----------
    hosts : names by which it may be asked for, beside those of this machine's loopback; "*" for any.  What another
        name leads to is refused, so that no page in a browser can ask in the name of its own host

    Raises
    ------
    ParameterError
        If what is given for a host's name is more than that, such as with a port.
    MissingPackageError
        If FastAPI is not installed.
    """
    hosts = as_words(hosts, "hosts", has_order=False)
    for name in hosts:
        check_parameter("hosts", name, HostName())
    fastapi: Any = import_package("fastapi", "serving", "serve")
    app = fastapi.FastAPI(
        title="densevec", version="1", docs_url=None, redoc_url=None, dependencies=[_known_names(fastapi)]
    )
    _refuse_other_hosts(app, fastapi, [*_LOCAL, *hosts])
    _refuse_long_addresses(app, fastapi)
    _refuse_crowds(app, fastapi)
    app.add_middleware(_head_as_get)
    _answer_errors(app, fastapi)
    _add_addresses(app, vectors, fastapi.Query)
    template = files("densevec.serving").joinpath(_PAGE).read_text(encoding="utf-8")
    page = template.replace("{{addresses}}", "".join(_lines(app.openapi())))
    app.add_api_route("/", lambda: fastapi.responses.HTMLResponse(page), include_in_schema=False)
    return app


def _add_addresses(app: Any, vectors: KeyedVectors, query: Any) -> None:
    name = query(min_length=1, max_length=MOST["letters"])
    Word = Annotated[str, name]
    Words = Annotated[list[Word], query(max_length=MOST["words"])]
    NoOrWords = Annotated[list[Word] | None, query(max_length=MOST["words"])]  # ``Words | None`` would be of the body
    Number = Annotated[int, query(ge=1, le=MOST["topn"])]
    Share = Annotated[float, query(gt=0, lt=1)]
    Name: Any = Literal[tuple(MEASURES)]

    @app.get("/info", summary="what is served")
    def info() -> dict[str, Any]:
        return answers.describe(vectors)

    @app.get("/words", summary="words that begin so")
    def words(prefix: Word, limit: Number = 10) -> dict[str, Any]:
        return answers.words_beginning(vectors, prefix, limit)

    @app.get("/neighbors", summary="the words closest to a word")
    def neighbors(word: Word, topn: Number = 10, measure: Name = "cosine", exact: bool = False) -> dict[str, Any]:
        return answers.neighbors(vectors, word, topn, measure, exact=exact)

    @app.get("/analogy", summary="the words closest to some words, without others")
    def analogy(positive: Words, negative: NoOrWords = None, topn: Number = 10, exact: bool = False) -> dict[str, Any]:
        return answers.analogy(vectors, positive, negative or [], topn, exact=exact)

    @app.get("/compare", summary="two words by every measure")
    def compare(a: Word, b: Word) -> dict[str, Any]:
        return answers.compare(vectors, a, b)

    @app.get("/entails", summary="whether a entails b")
    def entails(a: Word, b: Word, prior: Share = 0.5) -> dict[str, Any]:
        return answers.entails(vectors, a, b, prior)

    @app.get("/hypernyms", summary="broader words")
    def hypernyms(word: Word, topn: Number = 10) -> dict[str, Any]:
        return answers.hypernyms(vectors, word, topn)

    @app.get("/hyponyms", summary="narrower words")
    def hyponyms(word: Word, topn: Number = 10) -> dict[str, Any]:
        return answers.hyponyms(vectors, word, topn)

    @app.get("/breadth", summary="how general a word is")
    def breadth(word: Word) -> dict[str, Any]:
        return answers.breadth(vectors, word)


def _refuse_other_hosts(app: Any, fastapi: Any, names: Iterable[str]) -> None:
    allowed = [name.lower().strip("[]") for name in names]

    @app.middleware("http")
    async def check(request: Any, respond: Any) -> Any:
        found = _HOST.fullmatch(request.headers.get("host", "").lower())
        host = found[1].strip("[]") if found else ""
        if any(host == name or (name.startswith("*") and host.endswith(name[1:])) for name in allowed):
            return await respond(request)
        text = f"the host must be a name of this server, got {host!r:.80}; densevec serve --name NAME allows another"
        return fastapi.responses.JSONResponse({"error": text}, status_code=400)


def _head_as_get(app: Any) -> Any:
    """What answers HEAD as GET; the server, which is asked the former, leaves the body out."""

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        is_head = scope.get("method") == "HEAD"
        await app({**scope, "method": "GET"} if is_head else scope, receive, send)

    return answer


def _refuse_long_addresses(app: Any, fastapi: Any) -> None:
    @app.middleware("http")
    async def check(request: Any, respond: Any) -> Any:
        if len(request.scope["query_string"]) + len(request.scope["path"]) > MOST["address"]:
            text = f"the address must have at most {MOST['address']:,} characters"
            return fastapi.responses.JSONResponse({"error": text}, status_code=414)
        return await respond(request)


def _refuse_crowds(app: Any, fastapi: Any) -> None:
    num_running = 0

    @app.middleware("http")
    async def check(request: Any, respond: Any) -> Any:
        nonlocal num_running
        if num_running == AT_ONCE:
            text = f"{AT_ONCE} requests are being answered, and no more at once; ask again"
            return fastapi.responses.JSONResponse({"error": text}, status_code=503, headers={"Retry-After": "1"})
        num_running += 1
        try:
            return await respond(request)
        finally:
            num_running -= 1


def _known_names(fastapi: Any) -> Any:
    """What refuses a name that the address does not take, and one that is given twice."""

    async def check(request: Any) -> None:
        address = request.scope["route"]
        check_names(request.query_params, [each.alias for each in address.dependant.query_params], address.path)
        for name in request.query_params:
            number = len(request.query_params.getlist(name))
            if number > 1 and name not in _SEVERAL:
                raise ParameterError(f"{name} must be given once, got {number} of it")

    check.__annotations__["request"] = fastapi.Request
    return fastapi.Depends(check)


def _answer_errors(app: Any, fastapi: Any) -> None:
    """404 for an unknown word or address, 422 for what cannot be asked; {"error": one sentence}."""

    @app.exception_handler(DensevecError)
    def ours(request: Any, error: DensevecError) -> Any:
        status = 404 if isinstance(error, MissingWordError) else 422
        return fastapi.responses.JSONResponse({"error": str(error)}, status_code=status)

    @app.exception_handler(import_package("starlette.exceptions", "serving", "serve").HTTPException)
    def of_addresses(request: Any, error: Any) -> Any:
        text = {
            404: f"there is no address {request.url.path!r}; / lists them",
            405: f"{request.url.path!r} must be asked by GET, got {request.method}",
        }.get(error.status_code, str(error.detail))
        return fastapi.responses.JSONResponse({"error": text}, error.status_code, headers=error.headers)

    @app.exception_handler(fastapi.exceptions.RequestValidationError)
    def theirs(request: Any, error: Any) -> Any:
        faults = [f"{fault['loc'][-1]}: {fault['msg']}" for fault in error.errors()]
        return fastapi.responses.JSONResponse({"error": "; ".join(faults)}, status_code=422)


def _lines(schema: dict[str, Any]) -> Iterable[str]:
    for address, methods in schema["paths"].items():
        asked = methods["get"]
        names = ", ".join(
            each["name"] + ("" if each["required"] else f"={each['schema'].get('default', '')}")
            for each in asked.get("parameters", ())
        )
        cells = (f"<code>{html.escape(address)}</code>", html.escape(names), html.escape(asked["summary"]))
        yield "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
