//! What is learnt as a graph.

use super::{Sasrec, layers::EPSILON, matrix::Matrix, network::Block};
use crate::trainer::onnx::{SasrecBlock, SasrecTables, Table, sasrec_graph};

impl Sasrec {
    /// The graph that gives every film a score: inputs `event_items [b,L]` and `event_weights [b,L]` as those of EASE's graphs, the latest
    /// first, output `scores [b,films]`. It gives no reasons, for a score is no sum over events.
    pub fn scores_graph(&self) -> Vec<u8> {
        let network = self.learnt.network.map(table);
        let blocks = network.blocks.into_iter().map(block).collect();
        sasrec_graph(&SasrecTables {
            width: self.options.width,
            heads: self.options.heads,
            history: self.options.history,
            with_dislikes: self.options.with_dislikes,
            epsilon: EPSILON,
            films: self.learnt.films.values.clone(),
            places: network.places.values,
            opinion: network.opinion.values,
            blocks,
        })
    }
}

fn table(matrix: &Matrix) -> Table {
    Table { shape: (matrix.rows, matrix.width), values: matrix.values.clone() }
}

fn block(block: Block<Table>) -> SasrecBlock {
    let Block { query, key, value, attended, attention_gate, inner_gate, inner, outer, outer_gate } = block;
    SasrecBlock { query, key, value, attended, attention_gate, inner_gate, inner, outer, outer_gate }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use ort::{inputs, value};

    use super::super::tests::{FILMS, circle, fit, options};
    use crate::{trainer::sasrec::SasrecOptions, worker::OnnxRuntime};

    /// As `make test` sets it up.
    fn runtime() -> OnnxRuntime {
        let variable = |name| std::env::var_os(name).map(PathBuf::from);
        let home = || variable("HOME").unwrap_or_default().join(".cache/matinee");
        let cache = || variable("MATINEE_CACHE_DIR").unwrap_or_else(home);
        let path = variable("MATINEE_ORT_LIB").unwrap_or_else(|| cache().join("onnxruntime/libonnxruntime.so.1.31.1"));
        OnnxRuntime::load(&path).unwrap()
    }

    #[test]
    fn onnx_runtime_gives_the_scores_that_the_network_gives() {
        for with_dislikes in [true, false] {
            let options = SasrecOptions { with_dislikes, epochs: 3, ..options() };
            let model = fit(&circle(24, 30), options);
            let mut session = runtime().session(&model.scores_graph()).unwrap();
            let event = |at: u32| (at * 5 % FILMS, [0.9, -0.3, 0.4, 0.0, 1.0][at as usize % 5]);
            let people: Vec<Vec<(u32, f32)>> = [0, 1, 3, 4, 20, 33].map(|count| (0..count).map(event).collect()).into();
            let longest = 33;
            let padded = |person: &Vec<(u32, f32)>| {
                let mut person = person.clone();
                person.resize(longest, (FILMS, 0.0));
                person
            };
            let events: Vec<(u32, f32)> = people.iter().flat_map(padded).collect();
            let items: Vec<i64> = events.iter().map(|event| event.0.into()).collect();
            let weights: Vec<f32> = events.iter().map(|event| event.1).collect();
            let shape = [people.len(), longest];
            let outputs = session
                .run(inputs![
                    "event_items" => value::Tensor::from_array((shape, items)).unwrap(),
                    "event_weights" => value::Tensor::from_array((shape, weights)).unwrap(),
                ])
                .unwrap();
            let (_, scores) = outputs["scores"].try_extract_tensor::<f32>().unwrap();
            assert_eq!(scores.len(), people.len() * FILMS as usize);
            for (person, scores) in people.iter().zip(scores.chunks(FILMS as usize)) {
                for (score, wanted) in scores.iter().zip(model.scores(person).unwrap()) {
                    assert!((score - wanted).abs() < 1e-4, "{} events: {score} {wanted}", person.len());
                }
            }
        }
    }
}
