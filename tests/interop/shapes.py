"""Nothing may come back that AWS would not send: every member of every answer must be in AWS's own model of the operation.

botocore drops what it does not know without a word, so a misspelt member would go unnoticed. This looks at the bytes before botocore does.
"""

import json
import xml.etree.ElementTree as ET

import cbor2


class Strange(AssertionError):
    """An answer with a member that AWS's model does not have."""


def watch(client, protocol_of=lambda model: model.service_model.resolved_protocol):
    """Checks every answer that this boto3 client gets."""

    def check(operation_model, response_dict, **_):
        strange = unknown_members(operation_model, response_dict, protocol_of(operation_model))
        if strange:
            raise Strange(f"{operation_model.service_model.service_name} {operation_model.name} answers with {', '.join(strange)}")

    client.meta.events.register("before-parse.*.*", check)
    return client


def unknown_members(operation, response, protocol):
    """The paths of all members that the operation's model does not know."""
    shape, body = operation.output_shape, response["body"]
    if response["status_code"] >= 300 or shape is None or not body or operation.has_streaming_output:
        return []
    if protocol in ("json", "rest-json"):
        return list(in_json(payload_of(shape), json.loads(body), operation.name))
    if protocol == "smithy-rpc-v2-cbor":
        return list(in_json(shape, cbor2.loads(body), operation.name))
    root = plain(ET.fromstring(body))
    if protocol in ("query", "ec2"):
        root = next((child for child in root if child.tag == f"{operation.name}Result"), None)
        if root is None:
            return [] if not shape.members else [f"{operation.name}: no {operation.name}Result"]
    return list(in_xml(payload_of(shape), root, operation.name))


def payload_of(shape):
    """The part of the output that is in the body."""
    name = shape.serialization.get("payload")
    return shape.members[name] if name else shape


def in_json(shape, value, path):
    if shape.type_name == "structure" and isinstance(value, dict) and not shape.metadata.get("document"):
        known = {member.serialization.get("name", name): member for name, member in shape.members.items()}
        for name, inner in value.items():
            if name in known:
                yield from in_json(known[name], inner, f"{path}.{name}")
            elif name != "__type":
                yield f"{path}.{name}"
    elif shape.type_name == "list" and isinstance(value, list):
        for inner in value:
            yield from in_json(shape.member, inner, f"{path}[]")
    elif shape.type_name == "map" and isinstance(value, dict):
        for inner in value.values():
            yield from in_json(shape.value, inner, f"{path}{{}}")
    elif value is not None and not of_type(shape, value):
        yield f"{path}: {type(value).__name__} {value!r:.40} for {shape.type_name}"


def of_type(shape, value):
    kinds = {
        "string": str, "character": str, "integer": int, "long": int, "double": (int, float), "float": (int, float), "boolean": bool,
        "structure": dict, "list": list, "map": dict,
    }
    kind = kinds.get(shape.type_name)
    return kind is None or (isinstance(value, kind) and (kind is bool or not isinstance(value, bool)))


def in_xml(shape, element, path):
    if shape.type_name == "structure":
        known, flat = {}, {}
        for name, member in shape.members.items():
            if member.serialization.get("location") in ("header", "headers", "statusCode", "uri", "querystring"):
                continue
            spelt = member.serialization.get("name", name)
            if member.type_name == "list" and member.serialization.get("flattened"):
                flat[member.member.serialization.get("name", spelt) if not member.serialization.get("name") else spelt] = member
            else:
                known[spelt] = member
        for child in element:
            if child.tag in known:
                yield from in_xml(known[child.tag], child, f"{path}.{child.tag}")
            elif child.tag in flat:
                yield from in_xml(flat[child.tag].member, child, f"{path}.{child.tag}")
            else:
                yield f"{path}.{child.tag}"
    elif shape.type_name == "list":
        spelt = shape.member.serialization.get("name", "member")
        for child in element:
            if child.tag != spelt:
                yield f"{path}: <{child.tag}> for <{spelt}>"
            else:
                yield from in_xml(shape.member, child, f"{path}[]")
    elif shape.type_name == "map":
        for child in element:
            if child.tag != "entry":
                yield f"{path}: <{child.tag}> for <entry>"
    elif len(element):
        yield f"{path}: a structure for {shape.type_name}"


def plain(element):
    """The tree without its namespaces."""
    for each in element.iter():
        each.tag = each.tag.rsplit("}", 1)[-1]
    return element
