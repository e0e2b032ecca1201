namespace SaeDashboard.Core.Tensors;

/// <summary>The element types that tensor files here may hold.</summary>
public enum TensorDType { Float64, Float32, Float16, BFloat16, Int64, Int32, Int16, Int8, UInt8, Bool }
