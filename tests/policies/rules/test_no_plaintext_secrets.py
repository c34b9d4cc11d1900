import base64
from typing import Any

import pytest
from cluster_mutants import BLUE, SERVER
from mechanics.facts import UNKNOWN
from planned_stack import dynamic, messages, put, resource, spoil

ID = "no-plaintext-secrets"


@pytest.mark.parametrize(
    "key",
    [
        "password",
        "db_password",
        "apiKey",
        "x-api-key",
        "client_secret",
        "authToken",
        "tokens",
        "admin_key",
        "Passphrase",
    ],
)
def test_a_literal_under_a_key_that_names_a_secret_is_refused_and_not_repeated(key: str) -> None:
    (found,) = messages(ID, spoil("digits", f"spec.{key}", "hunter2"))
    assert f"names a secret holds a literal value. Where: model digits, spec.{key}." in found
    assert "hunter2" not in found


@pytest.mark.parametrize(
    "value",
    [
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE",
        "AKIA" + "A1B2C3D4" * 2,
        "ghp_" + "a1B2" * 9,
        "xoxb-" + "1234567890-abc",
        "eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl",
        "postgres://user:hunter2@db/models",
        "https://:hunter2@host/",
    ],
)
def test_a_value_shaped_like_a_secret_is_refused_under_any_key(value: str) -> None:
    (found,) = messages(ID, spoil("digits-blue", "release.uri", value))
    assert "looks like a key, a token or a URL with a password. Where: digits/blue, release.uri." in found
    assert value not in found


@pytest.mark.parametrize("argument", ["--db-password=hunter2", "A=1,API_TOKEN=hunter2", "http://x/?token=hunter2"])
def test_a_secret_set_inside_an_argument_is_refused(argument: str) -> None:
    (found,) = messages(ID, spoil("digits-blue", "command[11]", argument))
    assert "to a literal. Where: digits/blue, command[11]." in found
    assert "hunter2" not in found


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("password", "{admin_key}"),
        ("password", "$(DB_PASSWORD)"),
        ("password", "${DB_PASSWORD}"),
        ("password", ""),
        ("max_tokens", 5),
        ("token_file", "/run/secrets/token"),
        ("secret_name", "digits-db"),
        ("key_version", "3"),
        ("uri", "https://user@host:8080/a:b@c"),
        ("uri", "postgres://user:{password}@db/models"),
        ("sha256", "0123456789abcdef" * 4),
        ("argument", "--db-password={admin_key}"),
    ],
)
def test_references_and_harmless_values_are_no_finding(key: str, value: object) -> None:
    assert messages(ID, spoil("digits", f"spec.{key}", value)) == []


def test_lists_under_a_secret_key_are_searched() -> None:
    (found,) = messages(ID, spoil("digits", "spec.tokens", ["{admin_key}", "hunter2"]))
    assert "Where: model digits, spec.tokens[1]." in found


def test_the_property_that_carries_the_client_keys_is_exempt_and_no_other_of_that_name() -> None:
    shaped = "ghp_" + "a1B2" * 9
    assert messages(ID, spoil("process", "keys.demo", shaped)) == []
    assert messages(ID, spoil("digits", "spec.keys", {"demo": shaped}))


def test_types_of_ours_that_no_rule_knows_are_searched_too() -> None:
    assert messages(ID, put(dynamic("Novelty", "new", {"password": "hunter2"})))


def test_an_unknown_value_is_skipped_and_the_rest_is_searched() -> None:
    assert messages(ID, spoil("digits", "spec.password", UNKNOWN)) == []
    assert len(messages(ID, put(dynamic("Novelty", "new", {"token": UNKNOWN, "password": "hunter2"})))) == 1


USER_DATA = base64.b64encode(b"#!/bin/sh\nexport DB_PASSWORD=hunter2\n").decode()


@pytest.mark.parametrize(
    ("token", "props", "path"),
    [
        ("aws:ec2/launchTemplate:LaunchTemplate", {"userData": USER_DATA}, "userData"),
        ("aws:ec2/launchTemplate:LaunchTemplate", {"userData": "export DB_PASSWORD=hunter2"}, "userData"),
        (
            "aws:lambda/function:Function",
            {"environment": {"variables": {"API_KEY": "hunter2"}}},
            "environment.variables.API_KEY",
        ),
        ("aws:ssm/parameter:Parameter", {"type": "String", "name": "/dev/db_password", "value": "hunter2"}, "value"),
        ("aws:apigatewayv2/stage:Stage", {"stageVariables": {"token": "hunter2"}}, "stageVariables.token"),
    ],
)
def test_a_secret_in_an_input_that_aws_shows_is_refused_and_not_repeated(
    token: str, props: dict[str, Any], path: str
) -> None:
    (found,) = messages(ID, put(resource(token, "new", props)))
    assert f"{path}. Fix: pass a reference" in found
    assert "hunter2" not in found


@pytest.mark.parametrize(
    ("token", "props"),
    [
        ("aws:ec2/launchTemplate:LaunchTemplate", {"metadataOptions": {"httpTokens": "required"}, "userData": UNKNOWN}),
        ("aws:ec2/launchTemplate:LaunchTemplate", {"userData": base64.b64encode(b"max-pods=110").decode()}),
        ("aws:lambda/function:Function", {"environment": {"variables": {"API_KEY": "${API_KEY}"}}}),
        ("aws:ssm/parameter:Parameter", {"type": "SecureString", "name": "/dev/db_password", "value": "hunter2"}),
        ("aws:ssm/parameter:Parameter", {"type": "String", "name": "/dev/region", "value": "us-east-1"}),
    ],
)
def test_what_aws_keeps_or_what_is_none_is_no_finding(token: str, props: dict[str, Any]) -> None:
    assert messages(ID, put(resource(token, "new", props))) == []


def test_a_variable_of_a_pod_holds_no_secret() -> None:
    (found,) = messages(ID, spoil(BLUE, f"{SERVER}.env", [{"name": "DB_PASSWORD", "value": "hunter2"}]))
    assert f"a key that names a secret holds a literal value. Where: Deployment {BLUE}, {SERVER}.env[0].value." in found
    assert "hunter2" not in found
    assert messages(ID, spoil(BLUE, f"{SERVER}.env", [{"name": "REGION", "value": "us-east-1"}])) == []


def test_an_argument_may_name_the_file_of_a_secret() -> None:
    mounted = ["--header-from-file", "x-api-key=/var/run/slipway/operator/key"]
    assert messages(ID, spoil(BLUE, f"{SERVER}.args[0]", mounted[1])) == []
    assert messages(ID, spoil(BLUE, f"{SERVER}.args[0]", "x-api-key=hunter2"))


def test_a_config_map_is_no_place_for_secrets_and_a_secret_is() -> None:
    data = {"data": {"api_key": "hunter2"}}
    assert len(messages(ID, put(resource("kubernetes:core/v1:ConfigMap", "settings", data)))) == 1
    assert messages(ID, put(resource("kubernetes:core/v1:Secret", "settings", data))) == []


def test_the_way_into_a_cluster_is_carried_where_it_is_meant_to_be() -> None:
    props = {"kubeconfig": "-----BEGIN PRIVATE KEY-----", "note": "-----BEGIN PRIVATE KEY-----"}
    token = "pulumi-python:dynamic/slipway/kubernetes:ClusterIdentity"
    (found,) = messages(ID, put(resource(token, "identity", props)))
    assert "identity, note." in found


def test_a_chart_is_told_the_key_of_its_webhook_and_no_other() -> None:
    key = "-----BEGIN PRIVATE KEY-----"
    values = {"webhookTLS": {"cert": "PEM", "key": key}, "other": {"key": key}}
    chart = resource("kubernetes:helm.sh/v4:Chart", "balancing", {"values": values})
    (found,) = messages(ID, put(chart))
    assert "Where: Chart balancing, values.other.key." in found
