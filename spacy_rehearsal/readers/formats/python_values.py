"""What the literals of a Python file are worth, without running it."""

import ast
from typing import Any, Dict, Iterator, List, Optional, Sequence, Union

MAX_LENGTH = 1_000_000  # of what * makes


class Unknown:
    """The value of an expression that only running the file could tell.

    line (int): Its line.
    """

    def __init__(self, line: int) -> None:
        self.line = line


def is_known(value: Any) -> bool:
    """Tell whether a value has no unknown part."""
    if isinstance(value, dict):
        return all(map(is_known, [*value.keys(), *value.values()]))
    if isinstance(value, (list, tuple)):
        return all(map(is_known, value))
    return not isinstance(value, Unknown)


class Evaluation:
    """Walk through statements in their order, each once, whatever it depends on, and
    keep what names stand for.

    ATTRIBUTES:
    containers (List[Any]): All lists, tuples and dicts that there are in the end.
    """

    def __init__(self) -> None:
        self.containers: List[Any] = []
        self._lines: Dict[int, int] = {}
        self._names: Dict[str, Any] = {}

    def get_line(self, value: Any) -> int:
        """Get the line in which a container, or something unknown, begins."""
        if isinstance(value, Unknown):
            return value.line
        return self._lines.get(id(value), 1)

    def run(self, statements: Sequence[ast.stmt]) -> None:
        """Walk through statements."""
        for statement in statements:
            self._run_one(statement)

    def _run_one(self, node: ast.stmt) -> None:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            outer, self._names = self._names, dict(self._names)
            for default in getattr(getattr(node, "args", None), "defaults", ()):
                self.evaluate(default)
            for name in find_parameters(node):
                self._names[name] = Unknown(node.lineno)
            self.run(node.body)
            self._names = outer
        elif isinstance(node, ast.Assign):
            value = self.evaluate(node.value)
            for target in node.targets:
                self._assign(target, value)
        elif isinstance(node, ast.AnnAssign):
            if node.value is not None:
                self._assign(node.target, self.evaluate(node.value))
        elif isinstance(node, ast.AugAssign):
            self._add_to(node)
        elif isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
            self._run_loop(node)
        else:
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr):
                    self.evaluate(child)
                elif isinstance(child, ast.stmt):
                    self._run_one(child)
                else:  # an except or a case, or what a with opens
                    self._run_parts(child)

    def _run_loop(self, node: Union[ast.For, ast.AsyncFor, ast.While]) -> None:
        """Walk through a loop once. What changes in it is known before it only."""
        if not isinstance(node, ast.While):
            self.evaluate(node.iter)
            self._assign(node.target, Unknown(node.lineno))
        for inner in ast.walk(node):
            if isinstance(inner, (ast.Assign, ast.AugAssign, ast.AnnAssign)):
                targets = getattr(inner, "targets", [getattr(inner, "target", None)])
                for name in map(get_name, targets):
                    if not isinstance(self._names.get(name, []), list):
                        self._names[name] = Unknown(inner.lineno)
        self.run([*node.body, *node.orelse])

    def _run_parts(self, node: ast.AST) -> None:
        self.run([n for n in ast.iter_child_nodes(node) if isinstance(n, ast.stmt)])
        if isinstance(node, ast.withitem) and node.optional_vars is not None:
            self._assign(node.optional_vars, Unknown(node.optional_vars.lineno))

    def _assign(self, target: ast.expr, value: Any) -> None:
        if isinstance(target, (ast.Tuple, ast.List)):
            fits = isinstance(value, (list, tuple)) and len(value) == len(target.elts)
            for i, part in enumerate(target.elts):
                self._assign(part, value[i] if fits else Unknown(target.lineno))
        elif isinstance(target, ast.Subscript):
            container, key = self.evaluate(target.value), self.evaluate(target.slice)
            if isinstance(container, dict) and isinstance(key, str):
                container[key] = value
        elif get_name(target):
            self._names[get_name(target)] = value

    def _add_to(self, node: ast.AugAssign) -> None:
        value = self.evaluate(node.value)
        name = get_name(node.target)
        old = self.evaluate(node.target)
        if isinstance(node.op, ast.Add) and isinstance(value, (list, tuple)):
            if isinstance(old, list):
                old.extend(value)
                return
            parts = [*old, *value] if isinstance(old, tuple) else [*value]
            value = self._keep(parts, node)
        elif isinstance(node.op, ast.Add) and {type(old), type(value)} == {str}:
            value = old + value
        else:
            value = Unknown(node.lineno)
        if name:
            self._names[name] = value

    def evaluate(self, node: ast.expr) -> Any:
        """Evaluate an expression as far as it is written out."""
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, (ast.Name, ast.Attribute)):
            return self._names.get(get_name(node), Unknown(node.lineno))
        if isinstance(node, (ast.List, ast.Set)):
            return self._keep([*self._evaluate_all(node.elts)], node)
        if isinstance(node, ast.Tuple):
            return self._keep((*self._evaluate_all(node.elts),), node)
        if isinstance(node, ast.Dict):
            return self._keep(self._evaluate_dict(node), node)
        if isinstance(node, ast.JoinedStr):
            return self._join(node)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            value = self.evaluate(node.operand)
            return -value if type(value) in (int, float) else Unknown(node.lineno)
        if isinstance(node, ast.BinOp):
            return self._combine(node)
        if isinstance(node, ast.Subscript):
            return self._get_item(node)
        if isinstance(node, ast.Call):
            return self._call(node)
        if not isinstance(node, (ast.Lambda, ast.ListComp, ast.GeneratorExp)):
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr):
                    self.evaluate(child)
        return Unknown(node.lineno)

    def _keep(self, value: Any, node: ast.AST) -> Any:
        self.containers.append(value)
        self._lines[id(value)] = getattr(node, "lineno", 1)
        return value

    def _evaluate_all(self, nodes: Sequence[ast.expr]) -> Iterator[Any]:
        for node in nodes:
            if isinstance(node, ast.Starred):
                value = self.evaluate(node.value)
                known = isinstance(value, (list, tuple))
                yield from value if known else [Unknown(node.lineno)]
            else:
                yield self.evaluate(node)

    def _evaluate_dict(self, node: ast.Dict) -> Dict[Any, Any]:
        found: Dict[Any, Any] = {}
        for key_node, value_node in zip(node.keys, node.values):
            value = self.evaluate(value_node)
            if key_node is None:
                found.update(value if isinstance(value, dict) else {value: value})
                continue
            key = self.evaluate(key_node)
            try:
                found[key] = value
            except TypeError:  # a list
                found[Unknown(key_node.lineno)] = value
        return found

    def _join(self, node: ast.JoinedStr) -> Any:
        parts: List[Any] = []
        for part in node.values:
            is_plain = isinstance(part, ast.FormattedValue) and part.format_spec is None
            inner = getattr(part, "value", None) if is_plain else part
            parts.append(self.evaluate(inner) if isinstance(inner, ast.expr) else None)
        known = all(isinstance(part, (str, int)) for part in parts)
        return "".join(map(str, parts)) if known else Unknown(node.lineno)

    def _combine(self, node: ast.BinOp) -> Any:
        left, right = self.evaluate(node.left), self.evaluate(node.right)
        kinds = (list, tuple, str)
        both: Any = (left, right)
        if isinstance(node.op, ast.Add):
            if isinstance(left, kinds) and type(left) is type(right):
                return self._keep(both[0] + both[1], node)
            lists = [v for v in (left, right) if isinstance(v, list)]
            if lists:  # the other part is unknown
                other = right if lists[0] is left else left
                return self._keep([*lists[0], other], node)
        if isinstance(node.op, ast.Mult):
            value, n = (right, left) if type(left) is int else (left, right)
            is_list = isinstance(value, kinds) and type(n) is int
            if is_list and len(value) * n <= MAX_LENGTH:
                return self._keep(value * n, node)
        if type(left) is type(right) is int and isinstance(node.op, (ast.Add, ast.Sub)):
            return left + right if isinstance(node.op, ast.Add) else left - right
        return Unknown(node.lineno)

    def _get_item(self, node: ast.Subscript) -> Any:
        value = self.evaluate(node.value)
        if isinstance(node.slice, ast.Slice):
            return Unknown(node.lineno)  # its elements are those of the whole list
        key = self.evaluate(node.slice)
        try:
            return value[key]
        except Exception:  # no container, or no such key
            return Unknown(node.lineno)

    def _call(self, node: ast.Call) -> Any:
        values = [*self._evaluate_all(node.args)]
        named = {k.arg: self.evaluate(k.value) for k in node.keywords}
        if isinstance(node.func, ast.Attribute):
            self._change(node.func, values)
        elif isinstance(node.func, ast.Name):
            name = node.func.id
            if name == "dict" and not values and None not in named:
                return self._keep(named, node)
            known = all(isinstance(value, (list, tuple)) for value in values)
            if name == "zip" and values and known:
                return self._keep([self._keep(t, node) for t in zip(*values)], node)
            if name in ("list", "tuple") and len(values) == 1:
                [value] = values
                if isinstance(value, (list, tuple)):
                    make = list if name == "list" else tuple
                    return self._keep(make(value), node)
        return Unknown(node.lineno)

    def _change(self, method: ast.Attribute, values: List[Any]) -> None:
        """Do what a list's own methods do."""
        owner = self.evaluate(method.value)
        if method.attr not in ("append", "extend", "insert") or not values:
            return
        if not isinstance(owner, list):
            owner = self._keep([], method)
            name = get_name(method.value)
            if name:
                self._names[name] = owner
        if method.attr == "extend":
            known = isinstance(values[0], (list, tuple))
            owner.extend(values[0] if known else [values[0]])
        else:
            owner.append(values[-1])


def get_name(node: Optional[ast.expr]) -> str:
    """Get a name, which may have dots. "" if it is none."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        owner = get_name(node.value)
        return owner and f"{owner}.{node.attr}"
    return ""


def find_parameters(node: ast.stmt) -> Iterator[str]:
    args = getattr(node, "args", None)
    if isinstance(args, ast.arguments):
        for arg in [*args.posonlyargs, *args.args, *args.kwonlyargs]:
            yield arg.arg
