"""Окружение пода: что kubelet кладёт в него о службе (pkg/kubelet/envvars/envvars.go)."""

_PORTS = (("http", 3001, "TCP"), ("log-level", 53, "UDP"), ("", 9, "SCTP"))


def service_variables(prefix: str, address: str = "10.96.0.17") -> dict[str, str]:
    """Возвращает все переменные службы с тремя портами.

    Args:
        prefix: имя службы, как его пишет kubelet: прописными и с подчёркиваниями.
        address: её адрес в кластере.
    """
    _, first, protocol = _PORTS[0]
    variables = {
        f"{prefix}_SERVICE_HOST": address,
        f"{prefix}_SERVICE_PORT": str(first),
        f"{prefix}_PORT": f"{protocol.lower()}://{address}:{first}",
    }
    for name, port, protocol in _PORTS:
        if name:
            named = name.upper().replace("-", "_")
            variables[f"{prefix}_SERVICE_PORT_{named}"] = str(port)
        one = f"{prefix}_PORT_{port}_{protocol}"
        variables |= {
            one: f"{protocol.lower()}://{address}:{port}",
            f"{one}_PROTO": protocol.lower(),
            f"{one}_PORT": str(port),
            f"{one}_ADDR": address,
        }
    return variables
