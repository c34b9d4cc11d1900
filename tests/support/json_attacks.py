"""JSON requests that end or swell a model server, or that it answers as if it were at fault, in many spellings."""

from tests.support.gateway_stack import request, tensor

DEEP = 300_000


def spelled(text: str, old: str, new: str) -> str:
    """Respell one part of a request; the part must be there, or the test would prove nothing."""
    assert old in text
    return text.replace(old, new, 1)


def with_shape(shape: str) -> str:
    return spelled(request(), "[1, 2]", shape)


def with_data(data: str, datatype: str = "FP32") -> str:
    names = {"FP32": "floats", "INT64": "longs", "UINT8": "bytes", "BOOL": "flags", "BYTES": "texts"}
    return spelled(request(tensor(datatype=datatype, name=names[datatype], data="here")), '"here"', data)


HUGE = '"shape": [999999999999, 64]'

# What declares more memory than it sends, in every spelling that a reader of JSON may take for the same.
HUGE_SHAPES = {
    "rows beyond all memory": with_shape("[999999999999, 64]"),
    "rows that fill the memory": with_shape("[1000000000, 64]"),
    "columns that fill the memory": with_shape("[1, 1000000000]"),
    "a product that overflows to zero": with_shape("[4294967296, 4294967296]"),
    "a product that overflows to two": with_shape("[9223372036854775809, 2]"),
    "a product of many dimensions": with_shape("[" + ", ".join(["64"] * 10) + "]"),
    "an exponent": with_shape("[1e12, 64]"),
    "a fraction": with_shape("[1000000000.0, 64]"),
    "white space": with_shape("[\n\t1000000000\r\n,\n 64 ]"),
    "leading zeros": with_shape("[0000000001000000000, 64]"),
    "a sign": with_shape("[+1000000000, 64]"),
    "a text": with_shape('["1000000000", "64"]'),
    "a nested shape": with_shape("[[1000000000, 64]]"),
    "a negative dimension": with_shape("[-1, 2]"),
    "an escaped name": spelled(request(), '"shape": [1, 2]', '"\\u0073hape": [1000000000, 64]'),
    "an escaped name beside the plain one": spelled(request(), '"shape"', '"sh\\u0061pe": [1000000000, 64], "shape"'),
    "the shape twice, the bad one first": spelled(request(), '"shape"', f'{HUGE}, "shape"'),
    "the shape twice, the bad one last": spelled(request(), '"shape": [1, 2]', f'"shape": [1, 2], {HUGE}'),
    "inputs twice, the bad ones first": spelled(with_shape("[1000000000, 64]"), "}]}", '}], "inputs": []}'),
    "inputs twice, the bad ones last": spelled(request(), "}]}", f"}}], {with_shape('[1000000000, 64]')[1:]}"),
    "the second input": request(tensor(), tensor(name="doubles", datatype="FP64", shape=[1000000000, 64])),
    "after the data": spelled(request(tensor(shape=None)), "}]}", f", {HUGE}}}]}}"),
    "a second document": request() + with_shape("[1000000000, 64]"),
    "behind a byte order mark": "\ufeff" + with_shape("[1000000000, 64]"),
    "no data at all": spelled(request(tensor(data=None)), '"shape": [1, 2]', HUGE),
    "empty data": spelled(with_data("[]"), '"shape": [1, 2]', HUGE),
    "a zero": with_shape("[0, 999999999999]"),
}

DEEP_NESTING = {
    "in the data": with_data("[" * DEEP + "1" + "]" * DEEP),
    "in the data, never closed": with_data("[" * DEEP),
    "in the shape": with_shape("[" * DEEP + "]" * DEEP),
    "in a parameter": request(parameters="here").replace('"here"', '{"a":' * DEEP + "1" + "}" * DEEP),
    "in a member that nobody asked for": request(other="here").replace('"here"', "[" * DEEP + "]" * DEEP),
    "at the top": "[" * DEEP + "]" * DEEP,
    "between white space": with_data("[ " * DEEP + "1" + "] " * DEEP),
    "just deep enough to be refused": with_data("[" * 17 + "1, 2" + "]" * 17),
}

NOT_JSON = {
    "nothing": "",
    "a number": "5",
    "an array": "[]",
    "a truncated body": request()[:-1],
    "a trailing comma": spelled(request(), "2]}]", "2],}]"),
    "a comment": "/**/" + request(),
    "single quotes": request().replace('"', "'"),
    "a zero byte at the end": request() + "\0",
    "a missing colon": spelled(request(), '"name":', '"name"'),
    "a bare word": with_data("[1, two]"),
}

# A model server answers 500 to these, as if it were at fault, or an answer that is not JSON.
WRONG_DATA = {
    "too few values": with_data("[1]"),
    "too many values": with_data("[1, 2, 3]"),
    "an empty row": with_data("[[], 1, 2]"),
    "not an array": with_data('"1, 2"'),
    "a text among numbers": with_data('[1, "2"]'),
    "null": with_data("[1, null]"),
    "an object": with_data("[1, {}]"),
    "not a number": with_data("[1, NaN]"),
    "infinity": with_data("[1, -Infinity]"),
    "an exponent out of range": with_data("[1, 1e400]"),
    "a zero with an exponent out of range": with_data("[1, 0e400]"),
    "an infinite product": with_data("[1, 18e307]"),
    "400 digits": with_data("[1, " + "9" * 400 + "]"),
    "a leading zero": with_data("[1, 02]"),
    "a bare point": with_data("[1, 2.]"),
    "a bare exponent": with_data("[1, 2e]"),
    "a fraction for an integer": with_data("[1, 2.0]", "INT64"),
    "an integer out of range": with_data("[1, 9223372036854775808]", "INT64"),
    "a negative integer out of range": with_data("[1, -9223372036854775809]", "INT64"),
    "a negative number for an unsigned integer": with_data("[1, -2]", "UINT8"),
    "an unsigned integer out of range": with_data("[1, 18446744073709551616]", "UINT8"),
    "a number for a boolean": with_data("[true, 1]", "BOOL"),
    "a number for a text": with_data('["a", 1]', "BYTES"),
    "half of a surrogate pair": with_data('["\\ud800", "b"]', "BYTES"),
    "an unknown escape": with_data('["\\x41", "b"]', "BYTES"),
    "a control character": with_data('["\x01", "b"]', "BYTES"),
    "a text without an end": with_data('["a, "b]', "BYTES"),
    "no inputs": "{}",
    "inputs that are an object": '{"inputs": {}}',
    "an input that is a number": '{"inputs": [5]}',
    "no name": request(tensor(name=None)),
    "no datatype": request(tensor(datatype=None)),
    "a datatype that is not one": request(tensor(datatype="fp32")),
    "no shape": request(tensor(shape=None)),
    "an identifier that is a number": request(id=5),
    "parameters that are an array": request(parameters=[]),
    "a negative priority": request(parameters={"priority": -1}),
    "a flag that is a number": request(parameters={"binary_data_output": 1}),
    "outputs without a name": request(outputs=[{}]),
    "a negative number of classes": request(outputs=[{"name": "sum", "parameters": {"classification": -1}}]),
    "an unknown member": request(tensor(dtype="FP32")),
    "more inputs than anyone has": request(*[tensor()] * 300),
}

SHARED_MEMORY = {
    "an input": request(tensor(data=None, parameters={"shared_memory_region": "r", "shared_memory_byte_size": 8})),
    "an output": request(outputs=[{"name": "sum", "parameters": {"shared_memory_region": "r"}}]),
    "the request": request(parameters={"shared_memory_region": "r"}),
    "an escaped name": request(tensor(data=None, parameters={"shared": 1})).replace("shared", "shared\\u005fmemory_x"),
}
