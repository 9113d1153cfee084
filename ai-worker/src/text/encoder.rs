//! The graph in ONNX Runtime: tokens in, embeddings of length one out.

use ort::{inputs, session::Session, value::Tensor};

use super::{LoadedText, TextError, WordPiece};
use crate::worker::OnnxRuntime;

/// A text's tokens.
pub type Tokens = Vec<i64>;

/// Embeds texts. One for each thread.
pub struct Encoder {
    session: Session,
    words: WordPiece,
    width: usize,
    max_tokens: usize,
    /// Tokens of one run, padding included.
    batch_tokens: usize,
}

impl Encoder {
    /// # Errors
    /// When ONNX Runtime refuses the graph, or a trial run gives what is no embedding.
    pub fn new(runtime: &OnnxRuntime, model: LoadedText, batch_tokens: usize) -> Result<Self, TextError> {
        let LoadedText { manifest, graph, words } = model;
        let session = runtime.session(&graph)?;
        let (width, max_tokens) = (manifest.width, manifest.max_tokens);
        let mut encoder = Self { session, words, width, max_tokens, batch_tokens };
        // What would only show when somebody asks: another width, no numbers, tokens or places that the graph does not know.
        let longest = "a ".repeat(max_tokens);
        let last_token = i64::try_from(encoder.words.len().saturating_sub(1)).unwrap_or(i64::MAX);
        let trial = [encoder.tokens("").0, encoder.tokens(&longest).0, vec![last_token]];
        encoder.encode(&trial)?;
        Ok(encoder)
    }

    pub fn width(&self) -> usize {
        self.width
    }

    /// A text's tokens, and whether all of the text is in them.
    pub fn tokens(&self, text: &str) -> (Tokens, bool) {
        self.words.tokens(text, self.max_tokens)
    }

    /// One embedding of length one for each text, in runs of texts about as long as each other.
    ///
    /// # Errors
    /// When ONNX Runtime fails.
    pub fn encode(&mut self, texts: &[Tokens]) -> Result<Vec<Vec<f32>>, TextError> {
        let mut order: Vec<usize> = (0..texts.len()).collect();
        order.sort_by_key(|&text| texts[text].len());
        let mut embeddings = vec![Vec::new(); texts.len()];
        let mut rest = &order[..];
        while !rest.is_empty() {
            let fits = |count: &usize| texts[rest[count - 1]].len() * count <= self.batch_tokens;
            let count = (1..=rest.len()).take_while(fits).last().unwrap_or(1);
            let (run, later) = rest.split_at(count);
            rest = later;
            let tokens: Vec<&Tokens> = run.iter().map(|&text| &texts[text]).collect();
            for (&text, embedding) in run.iter().zip(self.run(&tokens)?) {
                embeddings[text] = embedding;
            }
        }
        Ok(embeddings)
    }

    fn run(&mut self, texts: &[&Tokens]) -> Result<Vec<Vec<f32>>, TextError> {
        let longest = texts.iter().map(|tokens| tokens.len()).max().unwrap_or_default().max(1);
        let mut tokens = vec![0_i64; texts.len() * longest];
        let mut mask = vec![0.0_f32; texts.len() * longest];
        for (at, text) in texts.iter().enumerate() {
            tokens[at * longest..][..text.len()].copy_from_slice(text);
            mask[at * longest..][..text.len()].fill(1.0);
        }
        let shape = [texts.len(), longest];
        let outputs = self.session.run(inputs![
            "tokens" => Tensor::from_array((shape, tokens))?,
            "mask" => Tensor::from_array((shape, mask))?,
        ])?;
        let (_, values) = outputs["embeddings"].try_extract_tensor::<f32>()?;
        if values.len() != texts.len() * self.width {
            return Err(TextError::Shape { expected: self.width, found: values.len() / texts.len().max(1) });
        }
        values.chunks_exact(self.width).map(unit).collect()
    }
}

/// Of length one.
fn unit(values: &[f32]) -> Result<Vec<f32>, TextError> {
    let length = values.iter().map(|value| value * value).sum::<f32>().sqrt();
    if !length.is_finite() || length <= 0.0 {
        return Err(TextError::Nonsense);
    }
    Ok(values.iter().map(|value| value / length).collect())
}
