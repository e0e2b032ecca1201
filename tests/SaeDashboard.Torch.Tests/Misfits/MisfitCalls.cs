using SaeDashboard.Torch.Extensions;
using TorchSharp;
using static TorchSharp.torch;
using functional = TorchSharp.torch.nn.functional;

namespace SaeDashboard.Torch.Tests.Misfits;

/// <summary>
/// Every TorchSharp member that src/ calls, each with shapes, indices, types or sizes that do not fit; members for which nothing can be wrong
/// are in <see cref="Harmless"/>. The key is the member, and after a second dot what is wrong, where several things can be.
/// docs/decisions/0022-calls-that-end-the-process.md
/// </summary>
internal static class MisfitCalls
{
    /// <summary>Calls that must throw an exception that C# can catch.</summary>
    public static IReadOnlyDictionary<string, Action> Guarded { get; } = new Dictionary<string, Action>
    {
        // Products.
        ["Tensor.mm"] = () => Wide.mm(Wide),
        ["Tensor.mm.types"] = () => Wide.mm(Wide.t().to(ScalarType.Float64)),
        ["Tensor.bmm"] = () => Wide.unsqueeze(0).bmm(Wide.unsqueeze(0)),
        ["Tensor.addmm"] = () => Wide.addmm(Wide, Wide),
        ["Tensor.addmm_"] = () => Wide.addmm_(Wide, Wide.t(), 0, 1),
        ["functional.linear"] = () => functional.linear(Wide, ones(5, 4), ones(5)),
        ["functional.conv1d"] = () => functional.conv1d(ones(1, 2, 8), ones(4, 3, 3), ones(4), stride: 1, dilation: 1),
        ["functional.conv1d.kernel"] = () => functional.conv1d(ones(1, 3, 2), ones(4, 3, 3), ones(4), stride: 1, dilation: 1),
        ["functional.conv_transpose1d"] = () => functional.conv_transpose1d(ones(1, 2, 8), ones(3, 4, 3), ones(4), stride: 1),
        ["functional.layer_norm"] = () => functional.layer_norm(Wide, [4], ones(4), zeros(4), 1e-5),
        ["functional.interpolate"] = () => functional.interpolate(Wide, [4, 4], mode: InterpolationMode.Bicubic, align_corners: true),
        ["functional.gelu"] = () => functional.gelu(ones(2, ScalarType.Int64)),
        ["Tensor.elu"] = () => ones(2, ScalarType.Int64).elu(1, 1, 1),
        ["linalg.eigh"] = () => linalg.eigh(Wide),
        ["linalg.cholesky"] = () => linalg.cholesky(ones(3, 3).neg()),
        ["linalg.cholesky.shape"] = () => linalg.cholesky(Wide),
        ["Tensor.cholesky_solve"] = () => ones(2, 1).cholesky_solve(eye(3)),
        ["fft.rfft"] = () => fft.rfft(Wide, dim: 5),
        ["fft.irfft"] = () => fft.irfft(Wide, dim: 5),
        ["functional.pad"] = () => functional.pad(Wide, [1L]),
        ["linalg.eigh.nan"] = () => linalg.eigh(full([3, 3], float.NaN)),

        // Element by element: shapes that do not broadcast, types that there is no arithmetic for.
        ["Tensor.add"] = () => Wide.add(ones(2, 4)),
        ["Tensor.add_"] = () => Wide.add_(ones(2, 4)),
        ["Tensor.add_.larger"] = () => Wide.add_(ones(2, 2, 3)),
        ["Tensor.sub"] = () => Wide.sub(ones(2, 4)),
        ["Tensor.sub_"] = () => Wide.sub_(ones(2, 4)),
        ["Tensor.mul"] = () => Wide.mul(ones(2, 4)),
        ["Tensor.mul_"] = () => Wide.mul_(ones(2, 4)),
        ["Tensor.div_"] = () => Wide.div_(ones(2, 4)),
        ["Tensor.addcmul_"] = () => Wide.addcmul_(ones(2, 4), Wide, 1),
        ["Tensor.addcdiv_"] = () => Wide.addcdiv_(ones(2, 4), Wide, 1),
        ["Tensor.diagonal"] = () => ones(3).diagonal(),
        ["Tensor.unfold"] = () => Wide.unfold(1, 5, 1),
        ["Tensor.max"] = () => zeros(0).max(),
        ["Tensor.get_imag"] = () => _ = Wide.imag,
        ["torch.where"] = () => where(ones(2, 4).gt(0), Wide, Wide),
        ["Tensor.div"] = () => Wide.div(ones(2, 4)),
        ["Tensor.pow"] = () => ones(2, ScalarType.Int64).pow(-1),
        ["Tensor.gt"] = () => Wide.gt(ones(2, 4)),
        ["Tensor.lt"] = () => Wide.lt(ones(2, 4)),
        ["Tensor.ge"] = () => Wide.ge(ones(2, 4)),
        ["Tensor.le"] = () => Wide.le(ones(2, 4)),
        ["Tensor.logical_and"] = () => Wide.logical_and(ones(2, 4)),
        ["Tensor.bitwise_and"] = () => Wide.bitwise_and(Wide),
        ["Tensor.bitwise_xor"] = () => Wide.bitwise_xor(Wide),
        ["Tensor.where"] = () => Wide.where(ones(2, 4).gt(0), Wide),
        ["Tensor.masked_fill"] = () => Wide.masked_fill(ones(2, 4).gt(0), 0),
        ["Tensor.copy_"] = () => Wide.copy_(ones(2, 4)),
        ["Tensor.relu"] = () => Flags.relu(),
        ["Tensor.neg"] = () => Flags.neg(),
        ["Tensor.triu"] = () => ones(3).triu(1),
        ["Tensor.norm"] = () => ones(2, ScalarType.Int64).norm(),
        ["Tensor.std"] = () => Wide.std(2, true, true),
        ["Tensor.mean"] = () => Wide.mean([2], true),
        ["Tensor.sum"] = () => Wide.sum([2]),
        ["Tensor.all"] = () => Wide.gt(0).all(2),
        ["Tensor.amax"] = () => Wide.amax([2]),
        ["Tensor.argmax"] = () => Wide.argmax(2),
        ["Tensor.argmax.empty"] = () => zeros(2, 0).argmax(1),
        ["Tensor.min"] = () => zeros(0).min(),
        ["Tensor.cumsum"] = () => Wide.cumsum(2),
        ["Tensor.softmax"] = () => Wide.softmax(2),
        ["Tensor.sort"] = () => Wide.sort(2, descending: true, stable: true),
        ["Tensor.topk"] = () => Wide.topk(4, 1),

        // Indices out of range, and of the wrong type.
        ["Tensor.index_select"] = () => Wide.index_select(0, tensor(new[] { 2L })),
        ["Tensor.index_select.negative"] = () => Wide.index_select(0, tensor(new[] { -1L })),
        ["Tensor.index_select.type"] = () => Wide.index_select(0, tensor(new[] { 1f })),
        ["Tensor.index_select.large"] = () => randn(64, 4096).index_select(0, full([4096], 64L)),
        ["Tensor.gather"] = () => Wide.gather(1, full([2, 3], 3L)),
        ["Tensor.gather.large"] = () => randn(2048, 64).gather(1, full([2048, 64], 64L)),
        ["Tensor.scatter"] = () => Wide.scatter(1, full([2, 3], 3L), Wide),
        ["Tensor.scatter_"] = () => Wide.scatter_(1, full([2, 3], 3L), Wide),
        ["Tensor.index_copy_"] = () => Wide.index_copy_(0, tensor(new[] { 2L }), ones(1, 3)),
        ["Tensor.index_copy_.shape"] = () => Wide.index_copy_(0, tensor(new[] { 1L }), ones(1, 4)),
        ["Tensor.select"] = () => Wide.select(0, 2),
        ["Tensor.narrow"] = () => Wide.narrow(1, 2, 2),
        ["Tensor.get_TensorItems"] = () => _ = Wide[0, 3],
        ["Tensor.item"] = () => Wide.item<float>(),
        ["Tensor.item.type"] = () => ones(1).item<long>(),
        ["Tensor.ToDouble"] = () => Wide.ToDouble(),

        // Shapes.
        ["Tensor.view"] = () => Wide.view(4, 2),
        ["Tensor.view.strides"] = () => Wide.t().view(6),
        ["Tensor.reshape"] = () => Wide.reshape(4, 2),
        ["Tensor.expand"] = () => Wide.expand(4, 3),
        ["Tensor.repeat"] = () => Wide.repeat(2),
        ["Tensor.permute"] = () => Wide.permute(0, 2),
        ["Tensor.transpose"] = () => Wide.transpose(0, 2),
        ["Tensor.t"] = () => ones(2, 2, 2).t(),
        ["Tensor.unsqueeze"] = () => Wide.unsqueeze(4),
        ["Tensor.squeeze"] = () => Wide.squeeze(4),
        ["Tensor.flatten"] = () => Wide.flatten(2, 3),
        ["Tensor.flip"] = () => Wide.flip(2),
        ["Tensor.size"] = () => Wide.size(2),
        ["torch.cat"] = () => cat([Wide, ones(2, 4)], 0),
        ["torch.cat.none"] = () => cat(Array.Empty<Tensor>(), 0),
        ["torch.stack"] = () => stack([Wide, ones(2, 4)], -1),

        // Memory that there is not, shapes that there are not.
        ["torch.empty"] = () => empty([-1], ScalarType.Float32),
        ["torch.empty.memory"] = () => empty([1L << 52], ScalarType.Float32),
        ["torch.empty.overflow"] = () => empty([1L << 40, 1L << 40], ScalarType.Float32),
        ["torch.zeros"] = () => zeros([-1], ScalarType.Float32),
        ["torch.ones"] = () => ones([-1], ScalarType.Float32),
        ["torch.full"] = () => full([-1], 1f),
        ["torch.arange"] = () => arange(-1, ScalarType.Int64),
        ["Tensor.clone.memory"] = () => ones(1).expand(1L << 52).clone(),
        ["Tensor.contiguous.memory"] = () => ones(1).expand(1L << 52).contiguous(),

        // Gradients.
        ["Tensor.backward"] = () => Wide.backward(),
        ["Tensor.backward.shape"] = () => ones([2, 3], requires_grad: true).mul(2).backward(),
        ["Tensor.backward.freed"] = () =>
        {
            var loss = ones([2, 3], requires_grad: true).square().sum();
            loss.backward();
            loss.backward();
        },
        ["Tensor.requires_grad_"] = () => ones(2, ScalarType.Int64).requires_grad_(),
        ["Tensor.fill_.leaf"] = () => ones([2, 3], requires_grad: true).fill_(1),

        // A device that there is not.
        ["Tensor.to.device"] = () => Wide.to(new Device(DeviceType.CUDA, 77)),
        ["Tensor.disposed"] = () =>
        {
            var gone = ones(2);
            gone.Dispose();
            _ = gone.shape;
        },
        ["TensorData.AsSpan"] = () => _ = TensorData.AsSpan(Wide.t()).Length,
    };

    /// <summary>Calls in which TorchSharp lets a C++ exception through: the process ends. src/ may not use them (<see cref="Checked"/> aside).</summary>
    public static IReadOnlyDictionary<string, Action> Ending { get; } = new Dictionary<string, Action>
    {
        ["Tensor.matmul"] = () => Wide.matmul(Wide),
        ["torch.matmul"] = () => matmul(Wide, Wide),
        ["Tensor.cummax"] = () => Wide.cummax(2),
        ["Tensor.cummin"] = () => Wide.cummin(2),
        ["torch.set_num_threads"] = () => set_num_threads(0),
    };

    /// <summary>Of <see cref="Ending"/>, those that src/ uses all the same, with numbers it has checked: thread counts of at least 1.</summary>
    public static IReadOnlySet<string> Checked { get; } = new HashSet<string> { "torch.set_num_threads" };

    /// <summary>Members that no tensor, shape or number is wrong for, or that are not calls into libtorch.</summary>
    public static IReadOnlySet<string> Harmless { get; } = new HashSet<string>
    {
        "Scalar.op_Implicit", "torch.get___version__", "torch.get_num_threads", "torch.NewDisposeScope", "torch.no_grad", "torch.tensor",
        "torch.empty_like", "torch.zeros_like", "torch.full_like", "cuda.device_count", "cuda.is_available", "Device..ctor", "Device.get_type", "torch.ones_like",
        "Tensor.abs", "Tensor.clamp", "Tensor.clamp_", "Tensor.clamp_min", "Tensor.get_real", "Tensor.clone", "Tensor.contiguous", "Tensor.cpu", "Tensor.detach",
        "Tensor.DetachFromDisposeScope", "Tensor.MoveToOuterDisposeScope", "Tensor.Dispose", "Tensor.dim", "Tensor.element_size", "Tensor.numel",
        "Tensor.exp", "Tensor.fill_", "Tensor.get_bytes", "Tensor.get_device", "Tensor.get_device_type", "Tensor.get_dtype", "Tensor.get_grad", "Tensor.get_Handle",
        "Tensor.get_is_cuda", "Tensor.is_contiguous", "Tensor.isfinite", "Tensor.log", "Tensor.logical_not", "Tensor.nonzero", "Tensor.get_shape",
        "Tensor.sigmoid", "Tensor.sqrt", "Tensor.square", "Tensor.tanh", "Tensor.to", "Tensor.to_type", "Tensor.zero_",
    };

    // [2, 3]
    private static Tensor Wide => ones(2, 3);

    private static Tensor Flags => ones(2).gt(0);
}
