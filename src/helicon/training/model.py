"""Nano's network: a compact Qwen3 decoder in plain PyTorch, for training only.

Serving is llama.cpp's job: ``helicon.training.export`` writes these weights as
GGUF, and the parameter names equal those of transformers' ``Qwen3ForCausalLM``
so that both can be compared. Several documents may share one row: attention is
limited by a mask, and since rotary positions are relative they need no restart.

Architecture: Qwen3 technical report, https://arxiv.org/abs/2505.09388.
"""

from __future__ import annotations

from typing import Any

from helicon.training.extra import need
from helicon.training.sizes import NanoConfig

torch = need("torch")
nn = torch.nn
functional = torch.nn.functional


class RMSNorm(nn.Module):  # type: ignore[misc, name-defined]
    """Root mean square norm, computed in float32."""

    def __init__(self, width: int, epsilon: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, x: Any) -> Any:
        y = x.float()
        y = y * torch.rsqrt(y.pow(2).mean(-1, keepdim=True) + self.epsilon)
        return (y * self.weight).to(x.dtype)


def rotate(x_BHTC: Any, cos_TC: Any, sin_TC: Any) -> Any:
    """Rotary position embedding, halves rotated against each other (NeoX order)."""
    half = x_BHTC.shape[-1] // 2
    turned = torch.cat((-x_BHTC[..., half:], x_BHTC[..., :half]), dim=-1)
    return x_BHTC * cos_TC + turned * sin_TC


class Attention(nn.Module):  # type: ignore[misc, name-defined]
    """Grouped-query attention with normed queries and keys."""

    def __init__(self, config: NanoConfig) -> None:
        super().__init__()
        self.config = config
        inner = config.heads * config.head_width
        inner_kv = config.kv_heads * config.head_width
        self.q_proj = nn.Linear(config.width, inner, bias=False)
        self.k_proj = nn.Linear(config.width, inner_kv, bias=False)
        self.v_proj = nn.Linear(config.width, inner_kv, bias=False)
        self.o_proj = nn.Linear(inner, config.width, bias=False)
        self.q_norm = RMSNorm(config.head_width, config.norm_epsilon)
        self.k_norm = RMSNorm(config.head_width, config.norm_epsilon)

    def forward(self, x_BTD: Any, cos_TC: Any, sin_TC: Any, mask_BTT: Any) -> Any:
        c = self.config
        batch, length, _ = x_BTD.shape
        q = self.q_norm(self.q_proj(x_BTD).view(batch, length, c.heads, c.head_width))
        k = self.k_norm(self.k_proj(x_BTD).view(batch, length, c.kv_heads, c.head_width))
        v = self.v_proj(x_BTD).view(batch, length, c.kv_heads, c.head_width).transpose(1, 2)
        q = rotate(q.transpose(1, 2), cos_TC, sin_TC)
        k = rotate(k.transpose(1, 2), cos_TC, sin_TC)
        # Written out: on a CPU this is faster than the fused kernel, whose backward is slow.
        groups = c.heads // c.kv_heads
        q = q.reshape(batch, c.kv_heads, groups * length, c.head_width)
        scores = (q @ k.transpose(-1, -2)).view(batch, c.kv_heads, groups, length, length).float()
        scores = scores * c.head_width**-0.5 + mask_BTT[:, None, None]
        weights = scores.softmax(-1).to(v.dtype).view(batch, c.kv_heads, groups * length, length)
        mixed = (weights @ v).view(batch, c.heads, length, c.head_width)
        return self.o_proj(mixed.transpose(1, 2).reshape(batch, length, c.heads * c.head_width))


class FeedForward(nn.Module):  # type: ignore[misc, name-defined]
    """SwiGLU."""

    def __init__(self, config: NanoConfig) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(config.width, config.feed_forward, bias=False)
        self.up_proj = nn.Linear(config.width, config.feed_forward, bias=False)
        self.down_proj = nn.Linear(config.feed_forward, config.width, bias=False)

    def forward(self, x_BTD: Any) -> Any:
        return self.down_proj(functional.silu(self.gate_proj(x_BTD)) * self.up_proj(x_BTD))


class Block(nn.Module):  # type: ignore[misc, name-defined]
    """Attention and feed-forward, each behind its norm."""

    def __init__(self, config: NanoConfig) -> None:
        super().__init__()
        self.input_layernorm = RMSNorm(config.width, config.norm_epsilon)
        self.self_attn = Attention(config)
        self.post_attention_layernorm = RMSNorm(config.width, config.norm_epsilon)
        self.mlp = FeedForward(config)

    def forward(self, x_BTD: Any, cos_TC: Any, sin_TC: Any, mask_BTT: Any) -> Any:
        x_BTD = x_BTD + self.self_attn(self.input_layernorm(x_BTD), cos_TC, sin_TC, mask_BTT)
        return x_BTD + self.mlp(self.post_attention_layernorm(x_BTD))


class Nano(nn.Module):  # type: ignore[misc, name-defined]
    """The decoder; the embedding is also the output head."""

    def __init__(self, config: NanoConfig) -> None:
        super().__init__()
        self.config = config
        self.embed_tokens = nn.Embedding(config.vocabulary, config.width)
        self.layers = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = RMSNorm(config.width, config.norm_epsilon)
        self.reset()

    def reset(self) -> None:
        """Fresh weights: small normals, output projections scaled by depth."""
        deep = 0.02 / (2 * self.config.layers) ** 0.5
        for name, parameter in self.named_parameters():
            if parameter.dim() < 2:
                # Norms of queries and keys are fixed in training: a larger weight lets attention be sharp.
                nn.init.constant_(parameter, 1.5 if "q_norm" in name or "k_norm" in name else 1.0)
            elif name.endswith(("o_proj.weight", "down_proj.weight")):
                nn.init.normal_(parameter, std=deep * 2)
            elif name.startswith("embed"):
                nn.init.normal_(parameter, std=0.03)
            else:
                nn.init.normal_(parameter, std=self.config.width**-0.5 * 0.6)

    def angles(self, length: int) -> tuple[Any, Any]:
        """Cosines and sines of the rotary embedding, (length, head width) each."""
        half = self.config.head_width // 2
        frequency = self.config.rope_theta ** (-torch.arange(half).float() / half)
        angle = torch.arange(length).float()[:, None] * frequency[None, :]
        both = torch.cat((angle, angle), dim=-1)
        return both.cos(), both.sin()

    def forward(self, tokens_BT: Any, mask_BTT: Any = None) -> Any:
        """Logits, (batch, length, vocabulary); the mask is added to the attention scores.

        Without a mask every token sees all earlier ones of its row.
        """
        if mask_BTT is None:
            length = tokens_BT.shape[1]
            mask_BTT = torch.full((length, length), -1e9).triu(1)[None]
        x_BTD = self.embed_tokens(tokens_BT)
        cos_TC, sin_TC = self.angles(tokens_BT.shape[1])
        if torch.is_autocast_enabled("cpu"):
            kind = torch.get_autocast_dtype("cpu")
            x_BTD, cos_TC, sin_TC = x_BTD.to(kind), cos_TC.to(kind), sin_TC.to(kind)
        for block in self.layers:
            x_BTD = block(x_BTD, cos_TC, sin_TC, mask_BTT)
        return functional.linear(self.norm(x_BTD), self.embed_tokens.weight)

    def parameter_count(self) -> int:
        return sum(p.numel() for p in self.parameters())
