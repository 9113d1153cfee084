//! ONNX graphs, written from Rust: the part of onnx.proto that they need ([`proto`]), a small builder ([`builder`]) and
//! the graphs of a model ([`recommend`], [`similar`]; [`encode`] where films are scanned beside it; [`ials`], both of that stage; [`sasrec`], the scores of that one; [`stars`], the head beside them; [`next`], of what comes next; [`sentence`],
//! a language model).

mod builder;
mod encode;
mod ials;
mod next;
mod proto;
mod recommend;
mod sasrec;
mod sentence;
mod similar;
mod stars;

pub use encode::{encoder_graph, film_rows};
pub use ials::{IalsTables, ials_encoder_graph, ials_recommend_graph};
pub use next::next_graph;
pub use recommend::recommend_graph;
pub use sasrec::{SasrecBlock, SasrecTables, Table, sasrec_graph};
pub use sentence::{Shape, sentence_graph};
pub use similar::similar_graph;
pub use stars::{StarsTables, stars_graph};

/// The operator set of the graphs. 16 brought `ScatterElements` with `reduction = "add"`; 17 goes with IR version 8.
pub const OPSET: u32 = 17;
