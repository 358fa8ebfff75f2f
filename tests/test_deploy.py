"""The files in deploy/ agree with each other, with the image and with the settings."""

import importlib.util
import re

import yaml

from sqrt.settings import Settings
from tests.server import ROOT

DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
NGINX = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
DEPLOYMENT, _, _, INGRESS = yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text(encoding="utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
CONTAINER = DEPLOYMENT["spec"]["template"]["spec"]["containers"][0]
SERVERS = {name: COMPOSE["services"][name] for name in ("one", "two")}


def address(service: str) -> str:
    return COMPOSE["services"][service]["networks"]["default"]["ipv4_address"]


def test_nginx_asks_the_servers_and_they_believe_nginx():
    port = re.search(r"STREAMLIT_SERVER_PORT=(\d+)", DOCKERFILE)[1]
    asked = set(re.findall(r"^\s+server (\S+?)(?: backup)?;", NGINX, re.MULTILINE))
    assert asked == {f"{address(name)}:{port}" for name in SERVERS}
    assert {server["environment"]["FORWARDED_ALLOW_IPS"] for server in SERVERS.values()} == {address("nginx")}
    assert CONTAINER["ports"][0]["containerPort"] == int(port)


def test_the_relay_leads_to_the_servers_and_into_no_other_private_network():
    relay = COMPOSE["configs"]["turn"]["content"]
    assert f"allowed-peer-ip={address('one')}-{address('two')}\n" in relay
    assert "denied-peer-ip=172.16.0.0-172.31.255.255\n" in relay


def test_every_variable_is_a_setting():
    image = dict(
        re.findall(r"([A-Z_]+)=(\S+)", DOCKERFILE[DOCKERFILE.rindex("FROM") : DOCKERFILE.index("HEALTHCHECK")])
    )
    names = image.keys() - {"PATH", "PYTHONUNBUFFERED"}
    for server in SERVERS.values():
        names |= server["environment"].keys()
    names |= {variable["name"] for variable in CONTAINER["env"]}
    assert {name.lower() for name in names} - Settings.model_fields.keys() == {"forwarded_allow_ips"}


def test_two_servers_share_no_log_file():
    files = {server["environment"]["LOG_FILE"] for server in SERVERS.values()}
    assert len(files) == len(SERVERS)


def test_no_secret_is_written_down():
    for server in SERVERS.values():
        assert server["environment"]["TURN_PASSWORD"].startswith("${")
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {".env", "deploy/certs/"} <= set(ignored)


def test_the_largest_file_that_can_be_allowed_passes():
    most = next(bound.le for bound in Settings.model_fields["max_file_mb"].metadata if hasattr(bound, "le"))
    ingress = INGRESS["metadata"]["annotations"]["nginx.ingress.kubernetes.io/proxy-body-size"]
    for limit in (re.search(r"client_max_body_size (\S+);", NGINX)[1], ingress):
        assert limit.endswith("m")
        assert int(limit[:-1]) > most


def test_the_image_gets_what_it_copies_and_nothing_else():
    ignore = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = {line[1:].split("/")[0] for line in ignore if line.startswith("!")}
    assert "*" in ignore
    assert set(re.findall(r"^COPY (?!--from)(\S+) ", DOCKERFILE, re.MULTILINE)) == let_in


ARCHIVE = {name: COMPOSE["services"][name] for name in ("scheduler", "worker", "archive")}
JOB = list(yaml.safe_load_all((DEPLOY / "kubernetes-archive.yaml").read_text(encoding="utf-8")))


def test_archives_have_a_network_of_their_own_and_no_port_to_anywhere():
    for service in ARCHIVE.values():
        assert service["networks"] == ["archive"]
        assert "ports" not in service
        assert service["profiles"] == ["archive"]
    assert not [name for name, server in SERVERS.items() if "archive" in server["networks"]]
    (policy,) = (one for one in JOB if one["kind"] == "NetworkPolicy")
    pods = [one["spec"]["template"] for one in JOB if one["kind"] in ("Deployment", "Job")]
    chosen = policy["spec"]["podSelector"]["matchLabels"]
    assert policy["spec"]["ingress"] == [{"from": [{"podSelector": {"matchLabels": chosen}}]}]
    assert [chosen.items() <= pod["metadata"]["labels"].items() for pod in pods] == [True] * 3


def test_workers_and_clients_of_archives_find_their_scheduler():
    asked = re.findall(r"tcp://[a-z0-9:-]+", str(list(ARCHIVE.values())))
    assert set(asked) == {"tcp://scheduler:8786"}
    asked = re.findall(r"tcp://[a-z0-9:-]+", str(JOB))
    (service,) = (one for one in JOB if one["kind"] == "Service")
    assert set(asked) == {f"tcp://{service['metadata']['name']}:{service['spec']['ports'][0]['port']}"}
    assert len(asked) == 2
    commands = [service["command"] for name, service in ARCHIVE.items() if name != "archive"]
    for one in JOB:
        if one["kind"] == "Deployment":
            commands += [container["command"] for container in one["spec"]["template"]["spec"]["containers"]]
    for _, _, module, *_ in commands:
        assert importlib.util.find_spec(module)
