"""Where directors listen: in network namespaces of their own with keepalived between them, where that is allowed; else on ports.

With namespaces, each director has an address of its own, as on a machine of its own, and the service's address belongs to
one of them at a time."""

import os
import pathlib
import shutil
import subprocess
import time

from processes import Process

BRIDGE = "matineebr0"
NET = "10.203.57"
HOST = f"{NET}.1"
SERVICE = f"{NET}.10"
# The address may move once more just after both are up.
SETTLED_S = 3

KEEPALIVED = """
global_defs {{
    vrrp_version 3
    script_user root
    enable_script_security
    vrrp_garp_master_repeat 2
}}
vrrp_script director_lives {{
    script "{check} http://{own}:{admin}/livez"
    interval 1
    timeout 1
    fall 1
    rise 2
}}
vrrp_script director_is_ready {{
    script "{check} http://{own}:{admin}/readyz"
    interval 1
    timeout 1
    fall 2
    rise 1
    weight -30
}}
vrrp_instance matinee {{
    state BACKUP
    interface eth0
    virtual_router_id 57
    priority {priority}
    advert_int 0.5
    unicast_src_ip {own}
    unicast_peer {{
        {peer}
    }}
    virtual_ipaddress {{
        {service}/24 dev eth0
    }}
    track_script {{
        director_lives
        director_is_ready
    }}
}}
"""


def run(*command, check=True):
    return subprocess.run(command, check=check, capture_output=True, text=True)


class Ports:
    """No namespaces: two ports; whoever wants one address uses the first."""

    host = own_addresses = "127.0.0.1"

    def __init__(self, port):
        self.port = port

    def wrap(self, index, command):
        return command

    def listen(self, index):
        return f"127.0.0.1:{self.port + index}"

    def admin(self, index):
        return f"127.0.0.1:{self.port + 10 + index}"

    def service(self):
        return self.listen(0)

    def public(self):
        """The same by the name that browsers know passkeys of."""
        return f"localhost:{self.port}"

    def addresses(self):
        """What DNS names: the service's address first."""
        return [self.listen(0), self.listen(1)]

    def start(self, keeper, folder, log_dir):
        pass

    def owner(self):
        return None

    def settle(self):
        """Waits until the service's address stays where it belongs."""

    def cut_off(self, index, is_cut):
        """Takes a director off the network, or puts it back. Returns whether that is possible here."""
        return False

    def remove(self):
        pass


class Namespaces(Ports):
    """Two namespaces on a bridge, and keepalived in each."""

    host, own_addresses = HOST, f"{NET}.0/24"

    @staticmethod
    def possible():
        if os.getuid() != 0 or not shutil.which("ip") or not shutil.which("keepalived"):
            return False
        if run("ip", "netns", "add", "matinee-try", check=False).returncode:
            return False
        run("ip", "netns", "del", "matinee-try", check=False)
        return True

    def __init__(self, port):
        super().__init__(port)
        self.remove()
        run("ip", "link", "add", BRIDGE, "type", "bridge")
        run("ip", "address", "add", f"{HOST}/24", "dev", BRIDGE)
        run("ip", "link", "set", BRIDGE, "up")
        for index in range(2):
            space, outside = self.space(index), f"matineeve{index}"
            run("ip", "netns", "add", space)
            run("ip", "link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", space)
            run("ip", "link", "set", outside, "master", BRIDGE, "up")
            run("ip", "-n", space, "address", "add", f"{self.own(index)}/24", "dev", "eth0")
            run("ip", "-n", space, "link", "set", "lo", "up")
            run("ip", "-n", space, "link", "set", "eth0", "up")

    @staticmethod
    def space(index):
        return f"matinee-d{index + 1}"

    @staticmethod
    def own(index):
        return f"{NET}.{11 + index}"

    def wrap(self, index, command):
        return ["ip", "netns", "exec", self.space(index), *command]

    def listen(self, index):
        return f"0.0.0.0:{self.port}"

    def admin(self, index):
        return f"{self.own(index)}:{self.port + 10}"

    def service(self):
        return f"{SERVICE}:{self.port}"

    def public(self):
        return self.service()

    def addresses(self):
        return [self.service(), *(f"{self.own(index)}:{self.port}" for index in range(2))]

    def cut_off(self, index, is_cut):
        run("ip", "link", "set", f"matineeve{index}", "down" if is_cut else "up")
        return True

    def start(self, keeper, folder, log_dir):
        check = pathlib.Path(os.environ["CLUSTER_ROOT"]) / "deploy/keepalived/check-director.sh"
        for index in range(2):
            config = folder / f"keepalived{index + 1}.conf"
            config.write_text(KEEPALIVED.format(
                check=check, admin=self.port + 10, priority=110 - 10 * index, own=self.own(index),
                peer=self.own(1 - index), service=SERVICE,
            ))
            pids = [f"--{kind}={folder}/keepalived{index + 1}.{kind}" for kind in ("pid", "vrrp_pid")]
            command = self.wrap(index, ["keepalived", "-n", "-l", "-D", "-P", "-f", str(config), *pids])
            keeper.add(Process(f"keepalived{index + 1}", command, log_dir))

    def owners(self):
        """Who believes to have the service's address; two while it moves, or while one is cut off."""
        shown = [run("ip", "-n", self.space(index), "-br", "address", check=False).stdout for index in range(2)]
        return [index for index, text in enumerate(shown) if SERVICE + "/" in text]

    def owner(self):
        """Which director has the service's address."""
        return next(iter(self.owners()), None)

    def settle(self):
        calm_since = None
        for _ in range(300):
            if self.owners() != [0]:
                calm_since = None
            elif calm_since is None:
                calm_since = time.monotonic()
            elif time.monotonic() - calm_since > SETTLED_S:
                return
            time.sleep(0.1)

    def remove(self):
        for index in range(2):
            run("ip", "netns", "del", self.space(index), check=False)
            run("ip", "link", "del", f"matineeve{index}", check=False)
        run("ip", "link", "del", BRIDGE, check=False)
