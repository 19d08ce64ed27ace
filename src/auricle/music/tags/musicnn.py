"""musicnn's two taggers: 3 s of music → how well each of a hundred words fits.

Pons & Serra, "musicnn: Pre-trained convolutional neural networks for music audio tagging" (ISMIR 2019, late-breaking). One learnt from
MagnaTagATune (Law et al., ISMIR 2009: what players of a game agreed on), the other from the Million Song Dataset with Last.fm's tags
(Bertin-Mahieux et al., ISMIR 2011). `tools/convert_musicnn.py` made the file.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from auricle import weights
from auricle.errors import MissingDependency
from auricle.music.tags.melspectrogram import LogMel

__all__ = ["FRAMES", "MAGNATAGATUNE", "MILLION_SONGS", "Scores", "Taggers"]

Scores = npt.NDArray[np.float32]

FRAMES = 187  # of a patch

# In the order of the networks' outputs, the most frequent in the training data first.
MAGNATAGATUNE = (
    *("guitar", "classical", "slow", "techno", "strings", "drums", "electronic", "rock", "fast", "piano"),
    *("ambient", "beat", "violin", "vocal", "synth", "female", "indian", "opera", "male", "singing"),
    *("vocals", "no vocals", "harpsichord", "loud", "quiet", "flute", "woman", "male vocal", "no vocal", "pop"),
    *("soft", "sitar", "solo", "man", "classic", "choir", "voice", "new age", "dance", "male voice"),
    *("female vocal", "beats", "harp", "cello", "no voice", "weird", "country", "metal", "female voice", "choral"),
)
MILLION_SONGS = (
    *("rock", "pop", "alternative", "indie", "electronic", "female vocalists", "dance", "00s", "alternative rock", "jazz"),
    *("beautiful", "metal", "chillout", "male vocalists", "classic rock", "soul", "indie rock", "Mellow", "electronica", "80s"),
    *("folk", "90s", "chill", "instrumental", "punk", "oldies", "blues", "hard rock", "ambient", "acoustic"),
    *("experimental", "female vocalist", "guitar", "Hip-Hop", "70s", "party", "country", "easy listening", "sexy", "catchy"),
    *("funk", "electro", "heavy metal", "Progressive rock", "60s", "rnb", "indie pop", "sad", "House", "happy"),
)
_MODEL = "musicnn"


class Taggers:
    """Both taggers; immutable, may be shared by threads.

    Raises:
        MissingDependency: ONNX Runtime is not installed.
        ModelUnavailable: the weights are not on this machine.
        CorruptWeights: they are damaged.
    """

    def __init__(self) -> None:
        path = weights.locate(_MODEL) / weights.find(_MODEL).mark
        try:
            self._network: Any = weights.shared((_MODEL, path), lambda: weights.network(path))
        except ImportError as error:
            raise MissingDependency("music tagging", "music") from error

    def __call__(self, patch: LogMel) -> Scores:
        """The scores of a patch of shape (187, 96): those of `MAGNATAGATUNE`, then those of `MILLION_SONGS`; shape (100,), 0 to 1.

        One patch at a time is as fast as many at once, and gives the same bits whatever else is heard.
        """
        mtt, msd = self._network.run(["mtt", "msd"], {"mel": patch[None, None]})
        return np.concatenate([mtt[0], msd[0]])
