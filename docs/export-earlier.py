"""Reads data/dashboard.db of a version before the journal and prints what scripts/data.sh import takes (docs/upgrading.md)."""
import json
import sqlite3
import sys

if len(sys.argv) != 2:
    sys.exit("python3 docs/export-earlier.py DASHBOARD.DB > earlier.jsonl")
old = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
old.row_factory = sqlite3.Row
names = {row["id"]: row["name"] for row in old.execute("SELECT id, name FROM users")}
SITE = "00000000"  # of no folder: ids stay as they are, so “local” is the one person there


def person(user):
    return {"id": user, "name": names.get(user, user)}


def line(value):
    print(json.dumps({key: item for key, item in value.items() if item is not None}, ensure_ascii=False))


line({"export": 1, "site": SITE, "at": "2026-01-01T00:00:00.000Z"})
times = {row["id"]: row["created_utc"] for row in old.execute("SELECT id, created_utc FROM label_revisions")}
for row in old.execute("SELECT * FROM label_revisions ORDER BY id"):
    ratings = [
        {"by": person(each["user_id"]), "stars": each["stars"], "at": each["rated_utc"]}
        for each in old.execute("SELECT * FROM ratings WHERE revision_id = ?", (row["id"],))
    ]
    line({
        "kind": "label", "sae": row["sae_hash"], "feature": row["feature"], "text": row["text"], "by": person(row["author_id"]), "at": row["created_utc"],
        "note": row["note"], "restores": times.get(row["restored_from"]), "ratings": ratings or None,
    })
for row in old.execute("SELECT * FROM presets WHERE deleted_utc IS NULL ORDER BY created_utc"):
    preset = json.loads(row["json"])
    preset["name"] = row["name"]
    line({
        "kind": "preset", "id": row["id"], "by": person(row["author_id"]), "at": row["created_utc"], "preset": preset, "shipped": bool(row["shipped"]),
    })
