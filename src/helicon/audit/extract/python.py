"""Python by its syntax tree: every string with the variable, argument or key that it stands in. Nothing is run.

Text that is no Python of this version is read as tokens instead.
"""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
from collections.abc import Iterator

from helicon.audit.extract.code import PYTHON, code
from helicon.audit.extract.page import Page
from helicon.audit.extract.placing import modelish, plausible
from helicon.audit.extract.strings import string
from helicon.audit.values import Role

CLIENTS = frozenset({
    "completion", "acompletion", "ChatOpenAI", "ChatAnthropic", "ChatGoogleGenerativeAI", "ChatGroq", "ChatMistralAI",
    "ChatCohere", "GenerativeModel", "init_chat_model", "OpenAIEmbeddings", "OpenAI", "Anthropic", "ChatVertexAI",
    "AzureChatOpenAI", "generate_content", "LLM", "OpenAIModel", "AnthropicModel", "GeminiModel",
})  # fmt: skip
"""Calls whose ``model=`` is a name of an API."""
LOADERS = frozenset({
    "from_pretrained", "SentenceTransformer", "CrossEncoder", "WhisperModel", "load_model", "snapshot_download",
    "hf_hub_download", "pipeline", "HuggingFaceEmbeddings", "SparseEncoder", "TextEmbedding", "LLM",
})  # fmt: skip
"""Calls whose first argument, or ``model=``, is a model of the Hub."""
NOT_LOADERS = ("tokenizer", "processor", "dataset", "config", "feature")
DATA = frozenset({"load_dataset", "Dataset", "encoding_for_model", "get_encoding"})
"""Calls that take data or tokenizers."""
LONG_LINE = 4000
"""In longer lines that are not ASCII, columns are those of bytes."""
ENVIRONMENT = frozenset({"getenv", "get", "environ"})
Node = tuple[ast.AST, str, Role, bool]
"""A node to look at, the symbol it stands in, its role, and whether the place takes a model and nothing else."""


def python(page: Page) -> None:
    """Every string, docstring and comment."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(page.text)
        _Reader(page, tree).read()
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", 0)
        page.unread(
            f"no Python that can be parsed{f', line {page.place(line - 1, 0)[0]}' if line else ''}: read as text"
        )
        code(page, PYTHON)
        return
    _comments(page)


def _comments(page: Page) -> None:
    try:
        for token in tokenize.generate_tokens(io.StringIO(page.text).readline):
            if token.type == tokenize.COMMENT:
                page.prose(token.string, 0, "commented", at=page.place(token.start[0] - 1, token.start[1]))
    except (tokenize.TokenError, SyntaxError, RecursionError):
        return


class _Reader:
    def __init__(self, page: Page, tree: ast.Module) -> None:
        self.page = page
        self.tree = tree
        self.lines = page.text.split("\n")
        self.constants: dict[str, str] = {}
        self.docstrings: set[int] = set()

    def read(self) -> None:
        for statement in self.tree.body:
            name, value = _assignment(statement)
            if name and isinstance(value, ast.Constant) and isinstance(value.value, str):
                self.constants[name] = value.value
        todo: list[Node] = [(self.tree, "", "active", False)]
        while todo:
            node, symbol, role, sure = todo.pop()
            todo.extend(reversed(list(self.below(node, symbol, role, sure))))

    def at(self, node: ast.AST, inside: int = 0) -> tuple[int, int]:
        """Line and column; columns of the tree are bytes of UTF-8."""
        number, column = getattr(node, "lineno", 1) - 1, getattr(node, "col_offset", 0)
        line = self.lines[number] if number < len(self.lines) else ""
        if len(line) <= LONG_LINE and not line.isascii():
            column = len(line.encode("utf-8", "replace")[:column].decode("utf-8", "replace"))
        return self.page.place(number, column + inside)

    def below(self, node: ast.AST, symbol: str, role: Role, sure: bool) -> Iterator[Node]:
        """What to look at below a node; strings are kept here."""
        match node:
            case ast.Constant():
                if isinstance(node.value, str):
                    self.string(node, node.value, symbol, role, sure)
            case ast.JoinedStr():
                yield from self.joined(node, symbol, role, sure)
            case ast.Module() | ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                yield from self.body(node, symbol, role)
            case ast.Assign() | ast.AnnAssign() | ast.NamedExpr():
                yield from self.assigned(node, symbol, role)
            case ast.Call():
                yield from self.call(node, symbol, role, sure)
            case ast.Dict():
                yield from self.table(node, symbol)
            case ast.List() | ast.Tuple() | ast.Set():
                for element in node.elts:
                    yield element, symbol, "option", sure
            case ast.BoolOp() if isinstance(node.op, ast.Or):
                for value in node.values:
                    yield value, symbol, role, sure
            case ast.Compare():
                for side in (node.left, *node.comparators):
                    yield side, _name(node.left) or symbol, "alias", False
            case ast.Subscript():
                key = node.slice
                if _name(node.value) == "environ" and isinstance(key, ast.Constant) and isinstance(key.value, str):
                    if modelish(key.value):
                        self.unset(key, key.value, symbol)
                    return
                literal = _name(node.value) == "Literal"
                yield node.value, symbol, role, False
                yield node.slice, symbol, "alias" if literal else role, False
            case _:
                for one in ast.iter_child_nodes(node):
                    yield one, symbol, role, sure and isinstance(node, ast.IfExp | ast.Starred)

    def body(self, node: ast.AST, symbol: str, role: Role) -> Iterator[Node]:
        assert isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        inner = "" if isinstance(node, ast.Module) else f"{symbol}.{node.name}" if symbol else node.name
        statements = list(node.body)
        if statements and isinstance(statements[0], ast.Expr) and isinstance(statements[0].value, ast.Constant):
            text = statements[0].value.value
            if isinstance(text, str):
                first = statements[0].lineno - 1
                written = self.lines[first : (statements[0].end_lineno or first + 1)]
                for number, part in enumerate(written, first):
                    self.page.prose(part, 0, "doc", inner, self.page.place(number, 0))
                statements = statements[1:]
        if isinstance(node, ast.ClassDef):
            enum = any("Enum" in _name(base) for base in node.bases)
            role = "option" if enum else role
            for above in (*node.decorator_list, *node.bases, *node.keywords):
                yield above, inner, role, False
        elif not isinstance(node, ast.Module):
            yield from self.defaults(node.args, inner, role)
            for one in node.decorator_list:
                yield one, inner, role, False
        for statement in statements:
            yield statement, inner, role, False

    def defaults(self, arguments: ast.arguments, symbol: str, role: Role) -> Iterator[Node]:
        plain = [*arguments.posonlyargs, *arguments.args]
        named = [*zip(plain[len(plain) - len(arguments.defaults) :], arguments.defaults, strict=True)]
        pairs = [*named, *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]
        for argument in (*plain, *arguments.kwonlyargs):
            if argument.annotation:
                yield argument.annotation, f"{symbol}.{argument.arg}", "alias", False
        for argument, value in pairs:
            if value is not None:
                yield value, f"{symbol}.{argument.arg}", role, False

    def assigned(self, node: ast.AST, symbol: str, role: Role) -> Iterator[Node]:
        name, value = _assignment(node)
        if isinstance(node, ast.AnnAssign):
            yield node.annotation, name or symbol, "alias", False
        if value is not None:
            yield value, (f"{symbol}.{name}" if symbol and name else name or symbol), role, False

    def call(self, node: ast.Call, symbol: str, role: Role, sure: bool) -> Iterator[Node]:
        name = _name(node.func)
        if name in ENVIRONMENT and node.args and _environment(node.func):
            yield from self.environment(node, symbol, role)
            return
        owner = _name(node.func.value) if isinstance(node.func, ast.Attribute) else ""
        called = f"{owner}.{name}" if owner else name
        loads = name in LOADERS and not any(word in owner.lower() for word in NOT_LOADERS)
        served = name in CLIENTS or (name in ("create", "parse", "stream") and "api" in self.page.uses)
        if "add_argument" in name or name in ("option", "Option", "Argument"):
            loads = False
        yield node.func, symbol, role, False
        if name in DATA or (name in LOADERS and not loads):
            role = "alias"
        for place, one in enumerate(node.args):
            first = loads and place == (1 if name == "pipeline" else 0)
            yield one, f"{called}.model" if first else f"{symbol}.{called}" if symbol else called, role, first
        option = next((one[2:] for one in _texts(node.args) if one.startswith("--")), "")
        for keyword in node.keywords:
            known = keyword.arg or ""
            if known == "default" and (option or symbol):
                yield keyword.value, option or symbol, role, False
                continue
            if known in ("choices", "help", "description") and option:
                yield keyword.value, f"{option}.{known}", "option" if known == "choices" else "doc", False
                continue
            takes = (served or loads) and modelish(known)
            yield keyword.value, f"{called}.{known}" if known else called, role, takes

    def environment(self, node: ast.Call, symbol: str, role: Role) -> Iterator[Node]:
        """``os.getenv("NAME", "default")``."""
        first = node.args[0]
        variable = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
        if len(node.args) > 1 and not (isinstance(node.args[1], ast.Constant) and not node.args[1].value):
            shown = symbol if modelish(symbol) else variable or symbol
            yield node.args[1], shown, role, False
        elif variable and modelish(variable):
            self.unset(first, variable, symbol)

    def unset(self, node: ast.AST, variable: str, symbol: str) -> None:
        """A variable of the environment that stands for a model, without a default."""
        self.page.add(variable, 0, symbol or variable, role="unresolved", kind="env", at=self.at(node, 1))

    def table(self, node: ast.Dict, symbol: str) -> Iterator[Node]:
        """A dictionary: values under their keys; models as keys are a table to look up."""
        several = sum(map(plausible, _texts(node.values))) > 1
        for key, value in zip(node.keys, node.values, strict=True):
            text = key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else ""
            if text and key:
                if plausible(text):
                    self.string(key, text, symbol, "alias", False)
            elif key:
                yield key, symbol, "alias", False
            option = bool(text) and not modelish(text) and (several or plausible(text) or modelish(symbol))
            yield (
                value,
                f"{symbol}.{text}" if symbol and text else text or symbol,
                "option" if option else "active",
                False,
            )

    def joined(self, node: ast.JoinedStr, symbol: str, role: Role, sure: bool) -> Iterator[Node]:
        """An f-string: whole where its parts are constants of the module, else its fixed words and its holes."""
        parts: list[str] = []
        for one in node.values:
            if isinstance(one, ast.Constant):
                parts.append(str(one.value))
            elif isinstance(one, ast.FormattedValue) and _name(one.value) in self.constants:
                parts.append(self.constants[_name(one.value)])
            else:
                for part in node.values:
                    if isinstance(part, ast.FormattedValue):
                        yield part.value, symbol, role, False
                    elif isinstance(part, ast.Constant) and any(map(str.isspace, str(part.value))):
                        yield part, symbol, role, False
                return
        self.string(node, "".join(parts), symbol, role, sure)

    def string(self, node: ast.AST, text: str, symbol: str, role: Role, sure: bool) -> None:
        if len(text) < 2:
            return
        number, start = getattr(node, "lineno", 1) - 1, getattr(node, "col_offset", 0)
        line = self.lines[number] if number < len(self.lines) else ""
        raw = line[start : start + 8]
        if len(line) <= LONG_LINE and not line.isascii():
            raw = line.encode("utf-8", "replace")[start : start + 8].decode("utf-8", "replace")
        inside = len(raw) - len(raw.lstrip("rRbBuUfF"))
        quotes = 3 if raw[inside:].startswith(('"""', "'''")) else 1
        string(self.page, text, 0, symbol, role=role, sure=sure, lines=quotes == 3, at=self.at(node, inside + quotes))


def _texts(nodes: list[ast.expr]) -> Iterator[str]:
    return (one.value for one in nodes if isinstance(one, ast.Constant) and isinstance(one.value, str))


def _assignment(node: ast.AST) -> tuple[str, ast.expr | None]:
    if isinstance(node, ast.Assign):
        return _name(node.targets[0]), node.value
    if isinstance(node, ast.AnnAssign | ast.NamedExpr):
        return _name(node.target), node.value
    return "", None


def _name(node: ast.AST) -> str:
    """The last name of an expression."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript):
        inner = node.slice
        return inner.value if isinstance(inner, ast.Constant) and isinstance(inner.value, str) else _name(node.value)
    return _name(node.func) if isinstance(node, ast.Call) else ""


def _environment(function: ast.expr) -> bool:
    return _name(function) == "getenv" or (
        isinstance(function, ast.Attribute) and _name(function.value) in ("environ", "env")
    )
