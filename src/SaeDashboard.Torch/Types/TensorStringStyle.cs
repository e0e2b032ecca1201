namespace TorchSharp;

/// <summary>How a tensor is written out as text.</summary>
public enum TensorStringStyle
{
    Metadata,
    Julia,
    Numpy,
    CSharp,
    Default,
}
