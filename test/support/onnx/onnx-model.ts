import { bytes, type Field, integer, message, text } from './protobuf.js';

/* Writes ONNX models (onnx.proto3): graphs small enough to be read in a test. Numbers of fields and types are onnx.proto3's. */

const FLOAT = 1;
const INT64 = 7;
const IR_VERSION = 8;
const OPSET_VERSION = 13;

/** `string`: a length that differs from run to run, by name. */
export type Shape = readonly (number | string)[];

export interface OnnxValue {
  readonly name: string;
  readonly type: 'float' | 'int64';
  readonly shape: Shape;
}

/** A constant of a graph. */
export interface OnnxConstant {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array | BigInt64Array;
}

export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Whole numbers, or lists of them. */
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>;
}

export interface OnnxGraph {
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly constants: readonly OnnxConstant[];
  readonly nodes: readonly OnnxNode[];
  readonly metadata?: Readonly<Record<string, string | number>>;
}

export function floats(name: string, shape: readonly number[], values: ArrayLike<number>): OnnxConstant {
  return { name, shape, values: Float32Array.from(values) };
}

export function integers(name: string, values: readonly number[]): OnnxConstant {
  return { name, shape: [values.length], values: BigInt64Array.from(values, BigInt) };
}

export function node(op: string, inputs: readonly string[], outputs: readonly string[], attributes: OnnxNode['attributes'] = {}): OnnxNode {
  return { op, inputs, outputs, attributes };
}

/** The bytes of a model file. */
export function onnxModel({ inputs, outputs, constants, nodes, metadata = {} }: OnnxGraph): Buffer {
  const graph = [
    ...nodes.map((each) => message(1, nodeFields(each))),
    text(2, 'test'),
    ...constants.map((each) => message(5, constantFields(each))),
    ...inputs.map((each) => message(11, valueFields(each))),
    ...outputs.map((each) => message(12, valueFields(each))),
  ];
  return Buffer.concat([
    integer(1, IR_VERSION), message(7, graph), message(8, [text(1, ''), integer(2, OPSET_VERSION)]),
    ...Object.entries(metadata).map(([key, value]) => message(14, [text(1, key), text(2, String(value))])),
  ]);
}

function nodeFields({ op, inputs, outputs, attributes = {} }: OnnxNode): readonly Field[] {
  return [
    ...inputs.map((name) => text(1, name)), ...outputs.map((name) => text(2, name)), text(4, op),
    ...Object.entries(attributes).map(([name, value]) => message(5, attributeFields(name, value))),
  ];
}

function attributeFields(name: string, value: number | readonly number[]): readonly Field[] {
  if (typeof value === 'number') return [text(1, name), integer(3, value), integer(20, 2)];
  return [text(1, name), ...value.map((each) => integer(8, each)), integer(20, 7)];
}

function constantFields({ name, shape, values }: OnnxConstant): readonly Field[] {
  return [
    ...shape.map((length) => integer(1, length)), integer(2, values instanceof Float32Array ? FLOAT : INT64), text(8, name),
    bytes(9, new Uint8Array(values.buffer, values.byteOffset, values.byteLength)),
  ];
}

function valueFields({ name, type, shape }: OnnxValue): readonly Field[] {
  const lengths = shape.map((length) => message(1, [typeof length === 'number' ? integer(1, length) : text(2, length)]));
  return [text(1, name), message(2, [message(1, [integer(1, type === 'float' ? FLOAT : INT64), message(2, lengths)])])];
}
