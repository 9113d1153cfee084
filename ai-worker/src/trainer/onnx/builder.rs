//! Builds a graph node by node. Values are named by what they hold.

use prost::Message;

use super::{
    OPSET,
    proto::{
        AttributeProto, DimensionProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto,
        TensorShapeProto, TensorTypeProto, TypeProto, ValueInfoProto, attribute_type, data_type,
    },
};

/// IR version that goes with [`OPSET`].
const IR_VERSION: i64 = 8;

/// An attribute of a node.
pub enum Attribute {
    Int(&'static str, i64),
    Float(&'static str, f32),
    Ints(&'static str, &'static [i64]),
    Text(&'static str, &'static str),
    /// A body, as of `Scan`; it sees the values of the graph around it.
    Body(&'static str, GraphBuilder),
}

/// A graph under construction.
#[derive(Clone)]
pub struct GraphBuilder(GraphProto);

impl GraphBuilder {
    pub fn new(name: &str) -> Self {
        Self(GraphProto { name: name.to_owned(), ..GraphProto::default() })
    }

    /// An input of the given element type; every dimension is a name, so sizes are known at run time only.
    pub fn input(&mut self, name: &str, elem_type: i32, dimensions: &[&str]) {
        self.0.input.push(value_info(name, elem_type, dimensions));
    }

    pub fn output(&mut self, name: &str, elem_type: i32, dimensions: &[&str]) {
        self.0.output.push(value_info(name, elem_type, dimensions));
    }

    pub fn floats(&mut self, name: &str, dims: &[usize], values: &[f32]) {
        let raw_data = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(name, dims, data_type::FLOAT, raw_data);
    }

    pub fn integers(&mut self, name: &str, dims: &[usize], values: &[i64]) {
        let raw_data = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(name, dims, data_type::INT64, raw_data);
    }

    fn constant(&mut self, name: &str, dims: &[usize], data_type: i32, raw_data: Vec<u8>) {
        let dims = dims.iter().map(|&dim| i64::try_from(dim).expect("a dimension fits 63 bits")).collect();
        self.0.initializer.push(TensorProto { dims, data_type, name: name.to_owned(), raw_data });
    }

    pub fn node(&mut self, op_type: &str, inputs: &[&str], outputs: &[&str], attributes: &[Attribute]) {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        self.0.node.push(NodeProto {
            input: owned(inputs),
            output: owned(outputs),
            name: outputs[0].to_owned(),
            op_type: op_type.to_owned(),
            attribute: attributes.iter().map(attribute).collect(),
        });
    }

    /// The model as the bytes of an ONNX file.
    pub fn into_bytes(self) -> Vec<u8> {
        let model = ModelProto {
            ir_version: IR_VERSION,
            producer_name: "matinee-ai".to_owned(),
            graph: Some(self.0),
            opset_import: vec![OperatorSetIdProto { domain: String::new(), version: i64::from(OPSET) }],
        };
        model.encode_to_vec()
    }
}

fn attribute(attribute: &Attribute) -> AttributeProto {
    let named = |name: &str, kind| AttributeProto { name: name.to_owned(), kind, ..AttributeProto::default() };
    match attribute {
        &Attribute::Int(name, value) => AttributeProto { i: Some(value), ..named(name, attribute_type::INT) },
        &Attribute::Float(name, value) => AttributeProto { f: Some(value), ..named(name, attribute_type::FLOAT) },
        &Attribute::Ints(name, values) => AttributeProto { ints: values.to_vec(), ..named(name, attribute_type::INTS) },
        &Attribute::Text(name, value) => {
            AttributeProto { s: Some(value.as_bytes().to_vec()), ..named(name, attribute_type::STRING) }
        }
        Attribute::Body(name, body) => AttributeProto { g: Some(body.0.clone()), ..named(name, attribute_type::GRAPH) },
    }
}

fn value_info(name: &str, elem_type: i32, dimensions: &[&str]) -> ValueInfoProto {
    let dim = dimensions
        .iter()
        .map(|&dimension| DimensionProto { dim_value: None, dim_param: Some(dimension.to_owned()) })
        .collect();
    let tensor_type = Some(TensorTypeProto { elem_type, shape: Some(TensorShapeProto { dim }) });
    ValueInfoProto { name: name.to_owned(), r#type: Some(TypeProto { tensor_type }) }
}
