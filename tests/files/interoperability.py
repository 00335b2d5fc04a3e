"""Games that h5py and NumPy write are read, and what the command writes they read.

Usage: interoperability.py COMMAND. Exits with 77, saying so, where h5py or NumPy is missing.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

try:
    import h5py
    import numpy as np
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

COMMAND = sys.argv[1]
RNG = np.random.default_rng(1)


def run(*arguments):
    outcome = subprocess.run([COMMAND, *map(str, arguments)], capture_output=True, text=True)
    assert outcome.returncode == 0 and outcome.stderr == "", outcome
    return outcome.stdout


def games_in(file):
    return [json.loads(line) for line in run("convert", file).splitlines()]


def payoffs_in(file):
    games = games_in(file)
    agents = len(games[0]["actions"])
    return np.array([game["payoffs"] for game in games], dtype=np.float64).reshape(len(games), agents, *games[0]["actions"])


def expect_same(found, expected, what):
    expected = np.asarray(expected).astype(np.float64)
    assert found.shape == expected.shape, (what, found.shape, expected.shape)
    assert np.array_equal(found.view(np.uint64), expected.view(np.uint64)), what


def numpy_files(folder):
    file = folder / "a.npy"
    for shape in [(5, 2, 2, 2), (1, 1, 3), (7, 3, 2, 1, 4)]:
        payoffs = RNG.normal(size=shape) * 100
        for kind in ["<f8", ">f8", "<f4", ">f4", "i1", "<i2", ">i2", "<i4", ">i4", "<i8", ">i8", "u1", "<u2", ">u4", "<u8"]:
            array = (np.abs(payoffs) if "u" in kind else payoffs).astype(kind)
            for order in [np.ascontiguousarray, np.asfortranarray]:
                np.save(file, order(array))
                expect_same(payoffs_in(file), array, (shape, kind, order.__name__))
        for version in [(1, 0), (2, 0), (3, 0)]:
            with open(file, "wb") as stream:
                np.lib.format.write_array(stream, payoffs, version=version)
            expect_same(payoffs_in(file), payoffs, version)
        for save in [np.savez, np.savez_compressed]:
            save(folder / "a.npz", first=payoffs, second=payoffs[:1])
            expect_same(payoffs_in(folder / "a.npz"), np.concatenate([payoffs, payoffs[:1]]), save.__name__)

        special = payoffs.copy()
        special.flat[:4] = [-0.0, 5e-324, 1e308, 0.1][: special.size]
        np.save(file, special)
        run("convert", file, "-o", folder / "b.npy")
        back = np.load(folder / "b.npy")
        assert back.flags.c_contiguous
        expect_same(back, special, "npy")
        run("convert", file, "-o", folder / "b.npz")
        with np.load(folder / "b.npz") as arrays:
            expect_same(arrays["x".join(map(str, shape[2:]))], special, "npz")
        run("convert", file, "--compress", 5, "-o", folder / "b.h5")
        with h5py.File(folder / "b.h5") as h5:
            group = h5["normal_form"]["x".join(map(str, shape[2:]))]
            expect_same(group["payoffs"][:], special, "h5")
            names = [name.decode() for name in group["names"][:]]
            assert names == ["a"] if shape[0] == 1 else names == [f"a#{k + 1}" for k in range(shape[0])], names


def hdf5_normal_forms(folder):
    file = folder / "a.h5"
    payoffs = RNG.normal(size=(50, 2, 3, 2)) * 100
    options = [{}, {"chunks": True}, {"compression": "gzip"}, {"compression": 9, "shuffle": True, "fletcher32": True},
               {"chunks": (7, 1, 3, 2)}]
    for kind in ["<f8", ">f8", "<f4", ">f4", "i1", ">i2", "<i8", "u1"]:
        for option in options:
            array = (np.abs(payoffs) if "u" in kind else payoffs).astype(kind)
            for version in ["earliest", "latest"]:
                with h5py.File(file, "w", libver=version) as h5:
                    h5.create_dataset("normal_form/any/payoffs", data=array, **option)
                    h5["normal_form/any"].attrs["note"] = "attributes are for whoever wants them"
                expect_same(payoffs_in(file), array, (kind, option, version))
    with h5py.File(file, "w") as h5:
        h5["normal_form/any/payoffs"] = payoffs
        h5["normal_form/any/names"] = [f"game ü {k}" for k in range(50)]
    assert [game["name"] for game in games_in(file)] == [f"game ü {k}" for k in range(50)]
    solved = json.loads(run("solve", file, "--tau", 100, "--format", "json"))
    assert len(solved["runs"]) == 50 and all(each["status"] == "converged" for each in solved["runs"])


def hdf5_networks_and_markov_games(folder):
    file = folder / "a.h5"
    payoffs = RNG.normal(size=(4, 4 + 4 + 6))
    rewards = RNG.normal(size=(3, 2, 5, 2, 3))
    transitions = RNG.random(size=(3, 5, 2, 3, 5))
    transitions /= transitions.sum(axis=-1, keepdims=True)
    initial = np.full((3, 5), 0.2)
    with h5py.File(file, "w") as h5:
        network = h5.create_group("polymatrix/path")
        network["actions"] = [2, 2, 3]
        network["edges"] = [[0, 1], [1, 2]]
        network["pays"] = np.array([[True, True], [False, True]], dtype="u1")
        network["payoffs"] = payoffs
        markov = h5.create_group("markov/random")
        markov["rewards"] = rewards
        markov["transitions"] = transitions
        markov["discount"] = [0.5, 0.6, 0.7]
        markov["initial"] = initial
    games = games_in(file)
    for k in range(4):
        first, second = games[k]["edges"]
        assert first == {"agents": [0, 1], "payoffs": [payoffs[k, :4].reshape(2, 2).tolist(), payoffs[k, 4:8].reshape(2, 2).tolist()]}
        assert second == {"agents": [1, 2], "payoffs": [None, payoffs[k, 8:].reshape(2, 3).tolist()]}
    for k, game in enumerate(games[4:]):
        assert game["discount"] == [0.5, 0.6, 0.7][k] and game["initial"] == [0.2] * 5
        assert np.array_equal(np.array(game["rewards"]), rewards[k].reshape(2, 5, 6))
        assert np.array_equal(np.array(game["transitions"]), transitions[k].reshape(5, 6, 5))

    run("convert", file, "-o", folder / "b.h5")
    with h5py.File(folder / "b.h5") as h5:
        network = h5["polymatrix/3-agents-2-edges"]
        assert np.array_equal(network["payoffs"][:], payoffs)
        assert network["edges"][:].tolist() == [[0, 1], [1, 2]] and network["pays"][:].tolist() == [[1, 1], [0, 1]]
        markov = h5["markov/5-states-2x3-with-initial"]
        assert np.array_equal(markov["rewards"][:], rewards) and np.array_equal(markov["transitions"][:], transitions)
        assert markov["discount"][:].tolist() == [0.5, 0.6, 0.7] and np.array_equal(markov["initial"][:], initial)


def analyses(folder):
    """In results .h5, what JSON says of each run."""
    run("generate", "uniform", "--actions", "2,3", "--count", 5, "--seed", 3, "-o", folder / "games.jsonl")
    run("generate", "markov", "--states", 2, "-o", folder / "markov.json")
    arguments = ["solve", folder / "games.jsonl", folder / "markov.json", "--tau", "3,0.3,0.02", "--analyse", "--quiet"]
    arguments += ["--eta", "auto,0.03", "--max-iterations", 1500]
    said = [each["analysis"] for each in json.loads(run(*arguments, "--format", "json"))["runs"]]
    run(*arguments, "-o", folder / "results.h5")
    with h5py.File(folder / "results.h5") as h5:
        assert len(h5["gap_history"]) == 0
        table = {name: column[:] for name, column in h5["analysis"].items()}
        words = {name: {value: word for word, value in h5py.check_enum_dtype(h5["analysis"][name].dtype).items()}
                 for name in ["certified_by", "diagnosis"]}
    assert len(said) == 36 and all(len(column) == 36 for column in table.values())
    for k, run_said in enumerate(said):
        local = run_said["local"] or {}
        expected = {name: run_said[name] for name in ["contraction", "certified_temperature", "certified_rate",
                                                      "measured_rate", "distance_bound"]}
        expected |= {"spectral_radius": local.get("spectral_radius"), "stable_eta": local.get("stable_eta"),
                     "local_distance": local.get("distance"), "isolated": local.get("isolated", False)}
        for name, value in expected.items():
            found = table[name][k]
            if value is None:
                assert not np.isfinite(found), (k, name, found)
            else:
                assert found == value, (k, name, found, value)
        assert words["certified_by"][table["certified_by"][k]] == (run_said["certified_by"] or "none"), k
        assert words["diagnosis"][table["diagnosis"][k]] == (run_said["diagnosis"] or "none"), k
    seen = {words["diagnosis"][value] for value in table["diagnosis"]}
    assert len(seen) >= 3, seen


with tempfile.TemporaryDirectory() as name:
    analyses(Path(name))
    numpy_files(Path(name))
    hdf5_normal_forms(Path(name))
    hdf5_networks_and_markov_games(Path(name))
print("all games and analyses are the same")
