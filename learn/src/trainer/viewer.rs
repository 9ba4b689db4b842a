//! The networks with a state, as somebody looks through them: embeddings and outputs of points that are no batch.

use crate::config::{Config, Similarity};
use crate::data::Dataset;
use crate::matrix::Matrix;
use crate::method::Memory;
use crate::network::{Moments, Network, Pass};
use crate::report::Space;
use crate::rows::normalize_row;
use crate::state::{Plan, State};

/// Cells along a side of the coloured input plane.
pub const GRID: usize = 56;
/// The coloured square reaches this many times as far as the data, so that a tall pane is filled too.
pub const PLANE_REACH: f32 = 2.0;
/// Points embedded at a time.
const CHUNK: usize = 256;

/// The networks and a state, with the memory for embedding points that are not a batch.
pub(super) struct Viewer<'a> {
    pub(super) plan: &'a Plan,
    pub(super) state: &'a State,
    pub(super) dataset: &'a Dataset,
    pub(super) memory: &'a Memory,
    /// The state is the run's present one, and the method's memory has its last batch.
    pub(super) is_present: bool,
    pub(super) space: Space,
    pub(super) passes: &'a mut [Pass; 4],
    pub(super) chunk: &'a mut Matrix,
}

impl Viewer<'_> {
    /// Embeddings of `inputs`, as the loss compares them.
    pub(super) fn embed(&mut self, config: &Config, inputs: &Matrix) -> Matrix {
        let mut rows = self.outputs_of(self.space, inputs);
        if config.compared() == Similarity::Cosine {
            for row in 0..rows.rows() {
                normalize_row(rows.row_mut(row));
            }
        }
        rows
    }

    /// The networks up to the space that is shown.
    fn networks(plan: &Plan, space: Space) -> [Option<&Network>; 3] {
        let Plan { encoder, head, predictor, .. } = plan;
        let (head, predictor) = (head.as_ref(), predictor.as_ref());
        match space {
            Space::H => [Some(encoder), None, None],
            Space::Z | Space::Target => [Some(encoder), head, None],
            Space::P => [Some(encoder), head, predictor],
        }
    }

    /// Passes `inputs` through the encoder, with the running statistics; the pass has the outputs of each block.
    pub(super) fn encode(&mut self, inputs: &Matrix) -> &Pass {
        let Self { plan, state, passes, .. } = self;
        let pass = &mut passes[0];
        plan.encoder.forward(&state.values, Moments::Running(&state.statistics), inputs, pass);
        pass
    }

    /// Outputs of `inputs` in a space, as the networks return them, with the running statistics.
    pub(super) fn outputs_of(&mut self, space: Space, inputs: &Matrix) -> Matrix {
        let networks = Self::networks(self.plan, space);
        let Self { plan, state, passes, chunk, .. } = self;
        let (values, statistics) = match space {
            Space::Target => (&state.target, &state.target_statistics),
            _ => (&state.values, &state.statistics),
        };
        let dim = if space == Space::H { plan.dim } else { plan.width };
        let mut rows = vec![0.0; inputs.rows() * dim];
        for (start, target) in (0..inputs.rows()).step_by(CHUNK).zip(rows.chunks_mut(CHUNK * dim)) {
            // Always whole chunks, so that the memory keeps its shape: the rows past the end are left from before.
            chunk.fit(CHUNK, inputs.columns());
            for (row, source) in (start..inputs.rows()).take(CHUNK).enumerate() {
                chunk.row_mut(row).copy_from_slice(inputs.row(source));
            }
            let mut last = 0;
            for (leg, network) in networks.iter().enumerate().filter_map(|(leg, network)| Some((leg, (*network)?))) {
                let (earlier, rest) = passes.split_at_mut(leg);
                let source: &Matrix = if leg == 0 { chunk } else { earlier[last].output() };
                network.forward(values, Moments::Running(statistics), source, &mut rest[0]);
                last = leg;
            }
            for (row, target) in target.chunks_exact_mut(dim).enumerate() {
                // Of a variational code the means come first.
                target.copy_from_slice(&passes[last].output().row(row)[..dim]);
            }
        }
        Matrix::from_rows(&rows, dim)
    }

    /// The centres of the input plane's cells.
    pub(super) fn plane_inputs(&self) -> Matrix {
        let plane = &self.dataset.plane;
        let mut inputs = Matrix::zeros(GRID * GRID, self.dataset.inputs.columns());
        let along = |cell: usize| plane.half_extent * PLANE_REACH * ((2 * cell + 1) as f32 / GRID as f32 - 1.0);
        for cell in 0..GRID * GRID {
            plane.lift([along(cell % GRID), along(cell / GRID)], inputs.row_mut(cell));
        }
        inputs
    }
}
