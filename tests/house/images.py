"""Builds the images with buildah in a storage of its own, on a base image made here: no registry is asked.

Needs root, buildah and debootstrap. The base is Debian "forky" from this machine's own mirror, under the names that the
Dockerfiles begin with, so what is checked is everything but those two published images.
"""

import os
import platform
import shutil
import subprocess
from pathlib import Path

from telephony.debian_packages import debian_mirror
from telephony.pbx_fetch import SUITE
from tests.house.documents import PROJECT

CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
SCRIPTS = Path("/usr/share/debootstrap/scripts")
STEP_SECONDS = 1200
HOME_USER = 10001


def missing() -> str:
    """Why images cannot be built here, or "" where they can."""
    absent = [name for name in ("buildah", "debootstrap") if shutil.which(name) is None]
    if os.geteuid() != 0:
        return "building images without Docker needs root"
    return f"not installed: {', '.join(absent)}" if absent else ""


class Builder:
    """One storage in `folder`; remove the folder to be rid of everything."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._buildah = ["buildah", "--root", str(folder / "storage"), "--runroot", str(folder / "run")]
        self._environment = {**os.environ, "STORAGE_DRIVER": "vfs", "BUILDAH_ISOLATION": "chroot"}

    def make_base(self, *names: str) -> None:
        """A base image with Python, under these names."""
        root = self.folder / "base"
        script = next(path for path in (SCRIPTS / SUITE, SCRIPTS / "sid") if path.exists())
        mirror = debian_mirror(platform.freedesktop_os_release().get("VERSION_CODENAME", ""))
        packages = "python3,python3-venv,ca-certificates"
        _run(["debootstrap", "--variant=minbase", f"--include={packages}", SUITE, str(root), mirror, str(script)])
        (root / "usr/bin/python").symlink_to("python3")
        # How this machine reaches the package registries is not the images' business, so it goes into the base.
        shutil.copy(CERTIFICATES, root / CERTIFICATES.relative_to("/"))
        old = _run(["apt-config", "dump", "Acquire::Check-Valid-Until"])
        (root / "etc/apt/apt.conf.d/99host").write_text(old)
        working = self.buildah("from", "scratch")
        self.buildah("add", "-q", working, str(root), "/")
        self.buildah(
            *("config", "--env", f"PIP_CERT={CERTIFICATES}", "--env", f"NODE_EXTRA_CA_CERTS={CERTIFICATES}", working)
        )
        for name in names:
            self.buildah("commit", "-q", working, f"localhost/{name}")
        self.buildah("rm", working)
        shutil.rmtree(root)

    def build(self, dockerfile: str, name: str) -> None:
        """Build an image of the project."""
        self.buildah("bud", "--format", "docker", "--pull-never", "-q", "-t", name, "-f", dockerfile, ".")

    def container(self, image: str) -> str:
        """A working container; its home is whatever is mounted at /data."""
        name = self.buildah("from", "--pull-never", f"localhost/{image}")
        self.buildah("config", "--volume", "/data-", name)
        return name

    def start(self, container: str, home: Path, environment: dict[str, str], *command: str) -> subprocess.Popen[str]:
        """Run a command in a container, on this machine's network. Its output is piped, errors included."""
        settings = [part for name, value in environment.items() for part in ("--env", f"{name}={value}")]
        return subprocess.Popen(
            [*self._buildah, "run", *settings, "-v", f"{home}:/data", container, "--", *command],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def buildah(self, *arguments: str) -> str:
        return _run([*self._buildah, *arguments], self._environment).strip()


def _run(command: list[str], environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=STEP_SECONDS, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{(done.stdout + done.stderr)[-3000:]}"
    return done.stdout
