"""The gate that a candidate passes before it may become champion: a paired comparison on a frozen simulated set.

Both models read the same films and reports, each by its own decoding rule, and are scored against the same readings
(:mod:`judging`); trivial baselines stand beside them; what must hold is data (:mod:`rules`). The set lies in the
repository (:mod:`frozen`) and is made from seeds that no training and no bench uses
(:mod:`ml.demo.gate_set`).

How many cases, and why. The bundled model was compared with three that were tuned from it on 193 simulated films of
other readers (30 steps at a rate of 5e-5, 100 at 1e-4, 250 at 3e-4), on 300 cases with three readers each. Standard
deviation over cases of the paired difference (in brackets with two readers a case):

========================== ============ ============ ============ ====================================
metric                     30 steps     100 steps    250 steps    the same model, other draws
========================== ============ ============ ============ ====================================
ScanMatch                  .065 (.069)  .079 (.086)  .095 (.099)  .059 (.063)
mIoU                       .062 (.066)  .089 (.093)  .106 (.104)  .063 (.065)
likelihood, nats/fixation  .121 (.126)  .158 (.163)  .481 (.509)  0
total duration error, s    .79 (.81)    1.02 (1.10)  1.12 (1.23)  .78 (.84)
========================== ============ ============ ============ ====================================

With 240 cases and .08, the standard error of a ScanMatch difference is .08 / sqrt(240) = .0052 and its 95 % interval
reaches .0101 to either side. So a drop of .02 is found in 97 of 100 sets of cases ((.0200 - .0101) / .0052 =
1.9 standard errors to spare; with .095 in 90), and a candidate that is as good as the champion passes a margin of .02
as often. A candidate that is worse by the margin passes in 2.5 of 100. Half as many cases would find a drop of .02 in
78 of 100; four times as many would allow half the margin and take four times as long.

The margins. ScanMatch .02 and mIoU .025 are a fourteenth and a twelfth of what the bundled model (.41, .46) has before
the best trivial baseline (.12, .17). A reading lasts 5.7 s, so that .3 s of total duration is 5 %. The
likelihood moves most when a model learns few readings by heart: +.002, +.03 and +.46 nats a fixation after 30, 100 and
250 steps, with ScanMatch -.006, -.002 and -.017; .1 lets the first two pass and not the third.
"""

from ml.evaluation.gate.judging import judge
from ml.evaluation.gate.refusal import GateRefused

__all__ = ["GateRefused", "judge"]
