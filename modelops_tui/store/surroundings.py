"""Where a home lies: network file systems are refused, folders that a cloud service copies are warned about.

It never looks into a file of the store and never asks the network.
"""

from __future__ import annotations

import os
from pathlib import Path

from modelops_tui.errors import Refused
from modelops_tui.store import disk

ALLOW_NETWORK = "MODELOPS_ALLOW_NETWORK_HOME"
_NETWORK = {
    *("9p", "acfs", "afs", "autofs", "beegfs", "ceph", "cifs", "coda", "davfs", "davfs2", "fuse.ceph", "fuse.davfs2"),
    *("fuse.glusterfs", "fuse.grpcfuse", "fuse.rclone", "fuse.s3fs", "fuse.sshfs", "gfs", "gfs2", "glusterfs", "gpfs"),
    *("lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "orangefs", "pvfs2", "smb3", "smbfs", "vboxsf", "virtiofs", "vmhgfs"),
    "fuse.vmhgfs-fuse",
}
_CLOUD = (
    ("dropbox", "Dropbox"),
    ("onedrive", "OneDrive"),
    ("google drive", "Google Drive"),
    ("googledrive", "Google Drive"),
    ("icloud", "iCloud Drive"),
    ("mobile documents", "iCloud Drive"),
    ("cloudstorage", "a cloud drive"),
    ("nextcloud", "Nextcloud"),
    ("owncloud", "ownCloud"),
    ("pclouddrive", "pCloud"),
    ("box sync", "Box"),
    ("mega", "MEGA"),
)
_MARKERS = ((".dropbox", "Dropbox"), (".stfolder", "Syncthing"), (".owncloudsync.log", "ownCloud"))


def refuse_network(home: str) -> None:
    """Raises Refused when the folder lies on a network file system and nobody asked for that.

    There a lock may be held twice, and a sync may return before the bytes are safe. What cannot be told is let pass.
    """
    kind = file_system_of(home)
    if kind in _NETWORK and os.environ.get(ALLOW_NETWORK) != "1":
        raise Refused(
            f"{home} lies on a network file system ({kind}), where two processes may both hold the lock.",
            f"Keep the registry on a local disk, or set {ALLOW_NETWORK}=1 when only one machine uses it.",
        )


def file_system_of(path: str, mounts: str = "/proc/self/mountinfo") -> str:
    """The name of the file system that a folder, or the nearest one above it, lies on; empty when it cannot be told."""
    while True:
        try:
            device = os.stat(path).st_dev
            break
        except OSError:
            parent = os.path.dirname(os.path.abspath(path))
            if parent == path:
                return ""
            path = parent
    # A number above 0 is a real disk of this machine: the table of mounts need not be read.
    if os.major(device):
        return ""
    try:
        lines = disk.read(mounts).decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    number = f"{os.major(device)}:{os.minor(device)}"
    for line in lines:
        head, _, tail = line.partition(" - ")
        if head.split(" ", 3)[2:3] == [number]:
            return tail.partition(" ")[0]
    return ""


def cloud_warning(home: Path) -> str:
    """A sentence when a cloud service seems to copy the folder, else nothing."""
    for folder in (home, *home.parents):
        name = folder.name.casefold()
        service = next((service for start, service in _CLOUD if name == start or name.startswith(start + " ")), "")
        if not service:
            service = next((service for mark, service in _MARKERS if (folder / mark).exists()), "")
        if not service and name.startswith("onedrive"):
            service = "OneDrive"
        if service:
            return (
                f"{home} is copied by {service}, which may bring back old files or copy half a change: "
                "keep the registry elsewhere, and put backups there (modelops store backup)."
            )
    return ""
