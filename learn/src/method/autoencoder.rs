//! The autoencoder (Hinton and Salakhutdinov 2006, doi 10.1126/science.1127647): an encoder makes a code of a view, a decoder reconstructs the
//! view, its point, or the pair's other view from the code. The loss is the mean squared error over rows and coordinates, torch's `MSELoss`.

use super::reconstruction::{Coder, wanted};
use super::{Evaluated, Found, GivenRows, Method, Outputs, Run, Streams, given};
use crate::config::{Code, Config, Similarity};
use crate::matrix::Matrix;
use crate::objective::squared_error;
use crate::report::{About, Formula, Ink, Kind, Line, Measure, Piece, Reasons, Terms, WhyAsked};
use crate::state::{Family, Plan, State, Wiring};
use crate::views::Batch;

/// The method's working memory.
#[derive(Clone, Debug, Default)]
pub struct Autoencoder {
    net: Coder,
}

/// The mean squared error of what the decoder gives back.
fn loss<'a>(output: &Matrix, wanted: impl Fn(usize) -> &'a [f32], by_output: &mut Matrix) -> Terms {
    let numbers = (output.rows() * output.columns()) as f64;
    let loss = squared_error(output, wanted, 1.0 / numbers, by_output) / numbers;
    let mut terms = Terms { loss: loss as f32, ..Terms::default() };
    terms.measures.set(Measure::Reconstruction, loss as f32);
    terms
}

impl Method for Autoencoder {
    const ABOUT: About = About { headline: "reconstruction", ..About::PLAIN };
    const REST: Option<&'static str> = Some("rebuild");

    fn wiring(_: &Config) -> Wiring {
        Wiring { family: Family::Reconstruction { variational: false }, ..Wiring::PLAIN }
    }

    fn forward(&mut self, run: &Run<'_>, streams: &mut Streams) {
        let Self { net } = self;
        net.draw(run, streams);
        net.encode(run); // z of both views, [2N, width]
        net.make_code(run); // z as it is, or on the sphere
        net.decode(run); // x', [2N, dimension]
    }

    #[inline(never)]
    fn evaluate(&mut self, run: &Run<'_>, streams: &mut Streams, found: &mut Found) -> Terms {
        self.forward(run, streams);
        found.rows.load(self.net.means(), run.config.compared());
        let rows = self.net.decoded(run.plan);
        let terms = loss(rows.output, |row| wanted(run.config.rebuild, run.batch, row), rows.by_output);
        self.net.backward(run, &mut found.gradient);
        terms
    }

    fn follow(&mut self, _: &Config, plan: &Plan, _: &Batch, state: &mut State) {
        self.net.commit(plan, state);
    }

    fn outputs(&self, _: &Plan) -> Outputs<'_> {
        self.net.outputs()
    }

    fn given(&mut self, config: &Config, rows: &GivenRows<'_>) -> Evaluated {
        let [output, wanted] = given::halves(rows.outputs);
        let mut by_output = Matrix::zeros(output.rows(), output.columns());
        let terms = loss(&output, |row| wanted.row(row), &mut by_output);
        let mut gradient = Matrix::zeros(rows.outputs.rows(), output.columns());
        gradient.data_mut()[..by_output.data().len()].copy_from_slice(by_output.data());
        Evaluated::new(config, rows, &terms, gradient)
    }

    fn explain(&mut self, run: &Run<'_>, _: &Found, reasons: &mut Reasons) {
        let error = self.net.explain(run, reasons);
        reasons.loss = Some(error / run.batch.inputs.columns() as f32);
    }

    fn compared(config: &Config) -> Similarity {
        // It compares no rows; a code on the sphere is shown there.
        if config.code == Code::Sphere { Similarity::Cosine } else { Similarity::Dot }
    }

    fn why(asked: &WhyAsked<'_>) -> Vec<Line> {
        let parts = [Piece::plain("| "), Piece::variable("x′", Ink::Pull), Piece::plain(" − "), Piece::variable("x", Ink::Plain)];
        let end = [Piece::plain(" |² / D = "), Piece::number(asked.loss(), Ink::Plain)];
        vec![parts.into_iter().chain(end).collect()]
    }

    fn formula(config: &Config) -> Formula {
        let kind = Kind::Rebuilding { rows: 2 * config.batch as usize, dimension: config.input_dimension(), target: config.rebuild };
        Formula { normalised: config.compared() == Similarity::Cosine, kind }
    }
}
