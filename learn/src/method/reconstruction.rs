//! Reconstruction: what the methods share that give their input back through a code.

use super::code::Code;
use super::{Branch, Outputs, Run, Streams};
use crate::config::Rebuild;
use crate::matrix::Matrix;
use crate::network::{Moments, Pass, Wanted};
use crate::report::{Reasons, Rebuilt};
use crate::state::{Plan, State};
use crate::views::Batch;

/// Encoder, head, code and decoder, with the working memory of a step.
#[derive(Clone, Debug, Default)]
pub(super) struct Coder {
    branch: Branch,
    /// What stands between encoder and decoder.
    pub(super) code: Code,
    decoder: Pass,
    /// The outputs z without what a variational code has behind them, [2N, width].
    means: Matrix,
    by_z: Matrix,
    by_output: Matrix,
}

/// What a loss compares, and room for its derivatives.
#[derive(Debug)]
pub(super) struct Decoded<'a> {
    /// The outputs z, [2N, width]; of a variational code there are as many log variances behind the means.
    pub(super) z: &'a Matrix,
    /// What the decoder gives back, [2N, dimension].
    pub(super) output: &'a Matrix,
    /// The derivative by z, without what comes through the decoder. It is zero at first.
    pub(super) by_z: &'a mut Matrix,
    /// The derivative by what the decoder gives back. It is zero at first.
    pub(super) by_output: &'a mut Matrix,
}

impl Coder {
    /// Draws the masks of hidden units, and then the noise of a variational code.
    pub(super) fn draw(&mut self, run: &Run<'_>, streams: &mut Streams) {
        let rows = run.batch.inputs.rows();
        self.branch.draw_masks(run, rows, &mut streams.masks);
        if run.plan.wiring.is_variational() {
            self.code.draw(rows, run.plan.width, &mut streams.noise);
        }
    }

    /// Encoder and head: x -> h -> z.
    pub(super) fn encode(&mut self, run: &Run<'_>) {
        let Self { branch, means, .. } = self;
        branch.forward(run.plan, &run.state.values, run.plan.groups, &run.batch.inputs);
        means.copy_columns(branch.z(run.plan), run.plan.width);
    }

    /// The code: z as it is, on the unit sphere, or drawn from the Gaussians whose parameters z is.
    pub(super) fn make_code(&mut self, run: &Run<'_>) {
        let z = self.branch.z(run.plan);
        if run.plan.wiring.is_variational() {
            self.code.sample(run.plan.width, z);
        } else {
            self.code.take(run.config.code, z);
        }
    }

    /// The decoder: code -> x'.
    pub(super) fn decode(&mut self, run: &Run<'_>) {
        if let Some(decoder) = &run.plan.decoder {
            decoder.forward(&run.state.values, Moments::Batch { groups: run.plan.groups }, &self.code.rows, &mut self.decoder);
        }
    }

    /// The outputs z of the last forward pass, of a variational code the means, [2N, width].
    pub(super) fn means(&self) -> &Matrix {
        &self.means
    }

    /// What the last forward pass gave, and room for derivatives.
    pub(super) fn decoded(&mut self, plan: &Plan) -> Decoded<'_> {
        let Self { branch, decoder, by_z, by_output, .. } = self;
        let (z, output) = (branch.z(plan), decoder.output());
        for (by, of) in [(&mut *by_z, z), (&mut *by_output, output)] {
            by.fit(of.rows(), of.columns());
            by.data_mut().fill(0.0);
        }
        Decoded { z, output, by_z, by_output }
    }

    /// Passes the derivatives back through decoder, code, head and encoder. Writes those by the values.
    pub(super) fn backward(&mut self, run: &Run<'_>, gradient: &mut [f32]) {
        let Self { branch, code, decoder, by_z, by_output, .. } = self;
        let (plan, values) = (run.plan, &run.state.values);
        if let Some(network) = &plan.decoder {
            network.backward(values, &code.rows, decoder, by_output, gradient, Wanted::BOTH);
            if plan.wiring.is_variational() {
                code.sample_backward(decoder.input_gradient(), by_z);
            } else {
                code.take_backward(run.config.code, decoder.input_gradient_mut(), by_z);
            }
        }
        branch.backward(plan, values, &run.batch.inputs, by_z, gradient, Wanted::VALUES);
    }

    /// What the last evaluation leaves for those who look.
    pub(super) fn outputs(&self) -> Outputs<'_> {
        let (z, by_z) = (&self.means, &self.by_z);
        let generated = Some(self.decoder.output());
        Outputs { h: self.branch.h(), z, p: z, target: z, generated, logits: None, by_z, by_p: by_z }
    }

    /// Moves the running statistics of batch normalisation by the moments of the last forward pass.
    pub(super) fn commit(&self, plan: &Plan, state: &mut State) {
        self.branch.commit(plan, &mut state.statistics);
        if let Some(decoder) = &plan.decoder {
            decoder.commit_statistics(&self.decoder, &mut state.statistics);
        }
    }

    /// Notes what the decoder makes of the row that is asked about, and returns its squared error.
    pub(super) fn explain(&self, run: &Run<'_>, reasons: &mut Reasons) -> f32 {
        let row = reasons.pair as usize;
        let (output, wanted) = (self.decoder.output().row(row), wanted(run.config.rebuild, run.batch, row));
        let errors: Vec<f32> = output.iter().zip(wanted).map(|(value, wanted)| (value - wanted) * (value - wanted)).collect();
        let error = errors.iter().sum();
        reasons.rebuilt = Some(Rebuilt {
            input: run.batch.inputs.row(row).to_vec(),
            wanted: wanted.to_vec(),
            output: output.to_vec(),
            errors,
            latents: Vec::new(),
            places: [0.0; 4],
        });
        error
    }

    /// The parameters of the code of the row that is asked about: means and log variances.
    pub(super) fn parameters(&self, plan: &Plan, row: usize) -> &[f32] {
        self.branch.z(plan).row(row)
    }
}

/// The row that a decoder is to give back for a row of the batch.
pub(super) fn wanted(rebuild: Rebuild, batch: &Batch, row: usize) -> &[f32] {
    let rows = batch.inputs.rows();
    match rebuild {
        Rebuild::View => batch.inputs.row(row),
        Rebuild::Clean => batch.clean.row(row),
        Rebuild::Other => batch.inputs.row((row + rows / 2) % rows),
    }
}
