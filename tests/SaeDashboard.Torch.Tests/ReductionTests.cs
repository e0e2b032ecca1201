using SaeDashboard.Torch.Extensions;
using TorchSharp;
using static TorchSharp.torch;

namespace SaeDashboard.Torch.Tests;

public class ReductionTests : TensorTest
{
    private const int Rows = 4, Columns = 6;
    private readonly float[] numbers = Reference.Numbers(Rows * Columns);

    private Tensor Matrix => tensor(numbers, [Rows, Columns]);

    private IEnumerable<double> ByRow(Func<IEnumerable<double>, double> reduce) =>
        numbers.Select(v => (double)v).Chunk(Columns).Select(reduce);

    private static double Variance(IEnumerable<double> row)
    {
        var values = row.ToArray();
        return values.Sum(v => Math.Pow(v - values.Average(), 2)) / (values.Length - 1);
    }

    [Fact]
    public void Along_a_dimension()
    {
        Reference.Near(ByRow(row => row.Sum()), Matrix.sum(1));
        Reference.Near(ByRow(row => row.Average()), Matrix.mean([1]));
        Reference.Near(ByRow(row => row.Max()), Matrix.amax(1));
        Reference.Near(ByRow(row => row.Min()), Matrix.amin([1L], keepdim: true));
        Reference.Near(ByRow(Variance), Matrix.var(1));
        Reference.Near(ByRow(row => Math.Sqrt(Variance(row))), Matrix.std(1));
        Reference.Near(ByRow(row => Math.Sqrt(row.Sum(v => v * v))), Matrix.norm(1));
        Reference.Near(ByRow(row => row.Sum(Math.Abs)), linalg.vector_norm(Matrix, 1, [1]));
        Reference.Near(ByRow(row => Math.Log(row.Sum(Math.Exp))), Matrix.logsumexp(1));
        Assert.Equal([Rows, 1L], Matrix.sum(1, keepdim: true).shape);
    }

    [Fact]
    public void Of_everything()
    {
        Reference.Near([numbers.Sum(v => (double)v)], Matrix.sum());
        Reference.Near([numbers.Average(v => (double)v)], Matrix.mean());
        Reference.Near([Math.Sqrt(numbers.Sum(v => (double)v * v))], linalg.norm(Matrix));
        Reference.Near([numbers.Max()], Matrix.max());
        Assert.Equal(Array.IndexOf(numbers, numbers.Max()), Matrix.argmax().ToInt64());
        Assert.True((Matrix > -2).all().ToBoolean());
        Assert.False((Matrix > 2).any().ToBoolean());
        Assert.Equal(ScalarType.Float64, Matrix.sum(float64).dtype);
    }

    [Fact]
    public void Largest_elements_and_their_places()
    {
        var (values, places) = Matrix.topk(2);
        Reference.Near(numbers.Chunk(Columns).SelectMany(row => row.OrderDescending().Take(2)).Select(v => (double)v), values);
        Assert.Equal(ScalarType.Int64, places.dtype);
        Assert.True(Matrix.gather(1, places).Equals(values));
        var (maximum, where) = Matrix.max(1);
        Assert.True(maximum.Equals(values[.., 0]));
        Assert.True(where.Equals(places[.., 0]));
    }

    [Fact]
    public void In_order()
    {
        var (values, places) = Matrix.sort(1, descending: true);
        Reference.Near(numbers.Chunk(Columns).SelectMany(row => row.OrderDescending()).Select(v => (double)v), values);
        Assert.True(Matrix.argsort(1, descending: true).Equals(places));
        Reference.Near(numbers.Chunk(Columns).SelectMany(row => row.Select((_, i) => row.Take(i + 1).Sum(v => (double)v))),
            Matrix.cumsum(1));
        Assert.Equal(3f, tensor([5f, 1f, 3f]).median().ToSingle());
        Reference.Near([2.0], tensor([1f, 2f, 3f]).quantile(tensor(0.5f)));
    }

    [Fact]
    public void Counts()
    {
        Assert.Equal([1L, 2L, 0L, 1L], TensorData.ToInt64Array(bincount(tensor([3L, 1L, 0L, 1L]))));
        Assert.Equal([2f, 1f], TensorData.ToArray(tensor([0.1f, 0.9f, 1.5f]).histc(2, 0, 2)));
        Assert.Equal([0L, 2L], TensorData.ToInt64Array(tensor([1f, 0f, 2f]).nonzero()));
        Assert.Equal([0L, 1L, 2L], TensorData.ToInt64Array(searchsorted(tensor([1f, 2f]), tensor([0.5f, 1.5f, 2.5f]))));
        var (distinct, _, counts) = tensor([2L, 7L, 2L]).unique(return_counts: true);
        Assert.Equal([2L, 7L], TensorData.ToInt64Array(distinct));
        Assert.Equal([2L, 1L], TensorData.ToInt64Array(counts!));
    }
}
